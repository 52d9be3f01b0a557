"""Energy of one model on one connected board: windows of inferences, recorded by a probe."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from contextlib import suppress

import numpy as np

from harness.energy.probe import Probe
from harness.energy.window import Energy, Window, cut, summarise
from harness.errors import EnergyError
from harness.link.session import Session
from harness.plan.energy import EnergyPart
from harness.workload.workload import Workload

IDLE_S = 0.2  # recorded before the window is asked for
TAIL_S = 0.1  # recorded after the reply: probes send in blocks
CLOCK_TOLERANCE = 0.02  # a board with a resonator is off by some 0.5 %
PATIENCE = 30.0  # a simulator may run so much slower than the part
ANSWER_S = 60.0


def measure_energy(
    session: Session,
    workload: Workload,
    probe: Probe,
    part: EnergyPart,
    pause: Callable[[float], None] = time.sleep,
) -> Energy:
    """Energy per inference of the image's only model, on the first sample.

    The image is one that knows WINDOW. As many inferences go into a window as fill `part.seconds`
    by the board's own counter. Raises EnergyError, LinkError, TargetError.
    """
    hello = session.hello(within_s=5)
    (model,) = session.models(hello.models)
    session.send_sample(model.encoding, 0, np.ascontiguousarray(workload.inputs[0]).tobytes())
    session.run(model.index, 0)  # the first call since boot may be slower
    latency_s = max(1, session.run(model.index, 0).ticks) / hello.counter_hz
    invocations = max(1, math.ceil(part.seconds / latency_s))
    within_s = ANSWER_S + PATIENCE * invocations * latency_s
    windows: list[Window] = []
    for _ in range(part.windows):
        probe.start()
        try:
            pause(IDLE_S)
            ticks = session.window(model.index, 0, invocations, within_s=within_s)
            pause(TAIL_S)
        except BaseException:
            with suppress(EnergyError):  # what ended the window counts
                probe.stop()
            raise
        window = cut(probe.stop())
        _check_clock(window.seconds, ticks / hello.counter_hz)
        windows.append(window)
    return summarise(windows, invocations)


def _check_clock(seen_s: float, counted_s: float) -> None:
    if abs(seen_s - counted_s) > CLOCK_TOLERANCE * counted_s:
        raise EnergyError(
            f"the marker was high for {seen_s:.4g} s, the board counted {counted_s:.4g} s",
            hint="check that [energy.TARGET] channel names the input that the pin is wired to",
        )
