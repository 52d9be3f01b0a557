"""From a probe's samples to energy per inference: cut at the marker, integrate, repeat."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from harness.energy.probe import Samples
from harness.errors import EnergyError

LEAST_SAMPLES = 100  # in a window: the ends are then known to 2 % of it
GUARD_S = 0.02  # before the window: the board takes the request
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Window:
    """One marked window: its length, the energy in it, and the mean power before it (None: too
    little of it was recorded)."""

    seconds: float
    joules: float
    idle_w: float | None


@dataclass(frozen=True)
class Energy:
    """Energy of one inference in µJ over several windows.

    `uj` is the mean, `sd_uj` the standard deviation between windows, `low_uj` and `high_uj` the
    95 % interval of the mean (Student's t). `idle_mw` is the board's power before the windows and
    `above_idle_uj` what is left of `uj` without it; both None where it is not known.
    """

    uj: float
    sd_uj: float
    low_uj: float
    high_uj: float
    windows: int
    invocations: int
    idle_mw: float | None
    above_idle_uj: float | None


def cut(samples: Samples, least: int = LEAST_SAMPLES) -> Window:
    """The one window in which the marker is high.

    Raises EnergyError where samples were lost, the marker was never high, is high at an end of the
    recording or more than once, or for fewer than `least` samples.
    """
    if samples.lost:
        raise EnergyError(
            f"the probe lost {samples.lost:,} samples",
            hint="connect it to a USB port of its own, and stop what else keeps this computer busy",
        )
    high = np.asarray(samples.marker, dtype=bool)
    steps = np.diff(high.astype(np.int8))
    rises, falls = np.flatnonzero(steps == 1) + 1, np.flatnonzero(steps == -1) + 1
    if not high.any():
        raise EnergyError(
            f"the marker was never high in {len(high):,} samples",
            hint="check the wire from the board's marker pin to the probe's input, and its ground",
        )
    if high[0] or high[-1]:
        raise EnergyError(
            f"the marker is high at the {'start' if high[0] else 'end'} of the recording",
            hint="check that nothing else drives the pin",
        )
    if len(rises) > 1:
        raise EnergyError(
            f"the marker went up {len(rises)} times in one window",
            hint="check the wire and its ground: a loose input picks up noise",
        )
    first, end = int(rises[0]), int(falls[0])
    if end - first < least:
        raise EnergyError(
            f"the window has {end - first} samples, at least {least} are needed",
            hint="raise `seconds` of [energy.TARGET]",
        )
    power = samples.current_a * samples.voltage_v
    time = samples.time_s
    before = power[: np.searchsorted(time, time[first] - GUARD_S)]
    return Window(
        seconds=float(time[end] - time[first]),
        joules=float(np.dot(power[first:end], np.diff(time[first : end + 1]))),
        idle_w=float(before.mean()) if len(before) >= least else None,
    )


def summarise(windows: Sequence[Window], invocations: int) -> Energy:
    """Mean and spread over at least two windows of `invocations` inferences each."""
    from scipy.stats import t

    each = np.array([window.joules for window in windows]) * 1e6 / invocations
    mean, sd = float(each.mean()), float(each.std(ddof=1))
    half = float(t.ppf((1 + CONFIDENCE) / 2, len(each) - 1)) * sd / math.sqrt(len(each))
    idle = [window.idle_w for window in windows if window.idle_w is not None]
    idle_w = float(np.mean(idle)) if idle else None
    seconds = float(np.mean([window.seconds for window in windows])) / invocations
    return Energy(
        uj=mean,
        sd_uj=sd,
        low_uj=mean - half,
        high_uj=mean + half,
        windows=len(windows),
        invocations=invocations,
        idle_mw=None if idle_w is None else idle_w * 1e3,
        above_idle_uj=None if idle_w is None else mean - idle_w * seconds * 1e6,
    )
