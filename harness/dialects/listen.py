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
    result is stored when it comes, so Ctrl-C loses none. Raises LinkError where nothing came; then
    the store holds no run of it.
    """
    reader, record = SketchReader(), Record(store, port, baud, name)
    try:
        with open_port(port, baud) as line:
            silence = Deadline(seconds)
            while not silence.passed and (count is None or record.heard < count):
                for result in reader.feed(_read(line, port)):
                    silence = Deadline(seconds)
                    record.add(result)
                    on_result(record.heard - 1, result)
                    if record.heard == count:
                        break
    except BaseException:
        record.fail(f"interrupted after {record.heard} results")
        raise
    if not record.heard:
        raise _silence(reader, baud, seconds)
    return record.finish(reader.ignored)


class Record:
    """The run of a sketch in the store; it begins with the first result."""

    def __init__(self, store: Store, port: str, baud: int, name: str) -> None:
        self.heard = 0
        self._inconsistent = 0
        self._store = store
        self._port = port
        self._baud = baud
        self._name = name
        self._run_id = 0
        self._cell = 0

    def add(self, result: SketchResult) -> None:
        """Store a result."""
        if not self.heard:
            self._begin()
        self._store.add_samples(self._cell, [_row(self.heard, result)])
        self.heard += 1
        self._inconsistent += not result.consistent

    def fail(self, reason: str) -> None:
        """End the run that has begun, if any, with a reason."""
        if self.heard:
            self._store.fail_cell(self._cell, Stage.MEASURE, reason)

    def finish(self, ignored: int) -> Heard:
        """End the run; `ignored` lines of the sketch were no results."""
        self._store.finish_cell(self._cell, CellFacts(inconsistent=self._inconsistent))
        self._store.finish_run(self._run_id)
        return Heard(self._run_id, self.heard, self._inconsistent, ignored)

    def _begin(self) -> None:
        about = {"port": self._port, "baud": self._baud}
        self._run_id = begin_unplanned(self._store, f"listen-{self._name}", about)
        self._cell = self._store.put_cell(
            self._run_id,
            CellKey(self._name, "float32", ENGINE, self._name),
            build_id=ENGINE,
            facts=CellFacts(
                target_title=f"a sketch at {self._port}",
                timing_kind="hardware",
                latency_unit="us",
                counter="millis, as the sketch printed it",
                counter_hz=1000,
            ),
        )


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
