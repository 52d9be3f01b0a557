"""Listening to a board that runs a tutorial's sketch, live and into the store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import serial

from harness.dialects.sketch import SketchReader, SketchResult
from harness.errors import LinkError
from harness.link.deadline import Deadline
from harness.link.transport import LINE_ERRORS, open_port
from harness.run.unplanned import begin_unplanned
from harness.store import CellFacts, CellKey, SampleRow, Stage, Store

ENGINE = "sketch"
RESOLUTION_US = 1000.0  # of millis()


@dataclass(frozen=True)
class Heard:
    """Lines of a sketch: timed predictions, and what else it printed."""

    run_id: int
    results: int
    inconsistent: int
    ignored: int


def listen(
    port: str,
    store: Store,
    *,
    baud: int,
    name: str,
    count: int | None,
    seconds: float,
    on_result: Callable[[int, SketchResult], None],
) -> Heard:
    """Record what the sketch at `port` prints, until `count` results or `seconds` of silence.

    Such a sketch runs one sample again and again, so there is no accuracy to speak of. Every
    result is stored when it comes, so Ctrl-C loses none. Raises LinkError where nothing came.
    """
    run_id = begin_unplanned(store, f"listen-{name}", {"port": port, "baud": baud})
    cell = store.put_cell(
        run_id,
        CellKey(name, "float32", ENGINE, name),
        build_id=ENGINE,
        facts=CellFacts(
            target_title=f"a sketch at {port}",
            timing_kind="hardware",
            latency_unit="us",
            counter="millis, as the sketch printed it",
            counter_hz=1000,
        ),
    )
    reader, heard, inconsistent = SketchReader(), 0, 0
    try:
        with open_port(port, baud) as line:
            silence = Deadline(seconds)
            while not silence.passed and (count is None or heard < count):
                for result in reader.feed(_read(line, port)):
                    silence = Deadline(seconds)
                    store.add_samples(cell, [_row(heard, result)])
                    heard += 1
                    inconsistent += not result.consistent
                    on_result(heard, result)
                    if heard == count:
                        break
    except BaseException:
        store.fail_cell(cell, Stage.MEASURE, f"interrupted after {heard} results")
        raise
    if not heard:
        problem = _silence(reader, baud, seconds)
        store.fail_cell(cell, Stage.MEASURE, str(problem))
        raise problem
    store.finish_cell(cell, CellFacts(inconsistent=inconsistent))
    store.finish_run(run_id)
    return Heard(run_id, heard, inconsistent, reader.ignored)


def _read(line: serial.Serial, port: str) -> bytes:
    try:
        return bytes(line.read(max(1, line.in_waiting)))
    except LINE_ERRORS as error:
        raise LinkError(f"the line broke: {error}", where=port, hint="check the cable") from error


def _row(index: int, result: SketchResult) -> SampleRow:
    scores = np.array(result.scores or (result.predicted,), dtype=np.float32)
    return SampleRow(index, index + 1, result.time_ms * RESOLUTION_US, scores.tobytes())


def _silence(reader: SketchReader, baud: int, seconds: float) -> LinkError:
    if reader.error:
        return LinkError(f"the sketch stopped: {reader.error}", hint="see its set-up on the board")
    if reader.ignored:
        return LinkError(
            f"{reader.ignored} lines came in {seconds:g} s, none of them a result",
            hint=f"is {baud} the sketch's baud rate? --baud",
        )
    return LinkError(f"nothing came in {seconds:g} s", hint="reset the board; check the port")
