"""Cutting a recording at the marker, and what comes out of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.energy.probe import Samples
from harness.energy.window import Window, cut, summarise
from harness.errors import EnergyError


def recording(
    before: int = 5000, high: int = 1000, after: int = 300, *, rate: float = 100_000.0
) -> Samples:
    """3.3 V; 1 mA while the marker is low, 10 mA while it is high."""
    marker = np.repeat([False, True, False], [before, high, after])
    return Samples(
        time_s=7.5 + np.arange(len(marker)) / rate,
        current_a=np.where(marker, 0.010, 0.001),
        voltage_v=np.full(len(marker), 3.3),
        marker=marker,
    )


def test_a_window_of_known_power() -> None:
    window = cut(recording())
    assert window.seconds == pytest.approx(0.01)
    assert window.joules == pytest.approx(3.3 * 0.010 * 0.01)
    assert window.idle_w == pytest.approx(3.3 * 0.001)


@given(high=st.integers(100, 400), seed=st.integers(0, 2**32 - 1))
def test_energy_is_the_sum_of_power_times_its_time(high: int, seed: int) -> None:
    """Uneven samples: each one holds until the next."""
    draw = np.random.default_rng(seed)
    gaps = draw.uniform(1e-6, 1e-2, 900)
    samples = replace(
        recording(200, high, 700 - high),
        time_s=np.cumsum(gaps),
        current_a=draw.uniform(0, 0.5, 900),
        voltage_v=draw.uniform(1, 5, 900),
    )
    wanted = sum(
        samples.current_a[k] * samples.voltage_v[k] * (samples.time_s[k + 1] - samples.time_s[k])
        for k in range(200, 200 + high)
    )
    window = cut(samples)
    assert window.joules == pytest.approx(wanted, rel=1e-9)
    assert window.seconds == pytest.approx(sum(gaps[201 : 201 + high]), rel=1e-9)


@given(split=st.integers(1, 999))
def test_energy_adds_up(split: int) -> None:
    """A window and what it is made of: cutting it in two loses nothing."""
    whole = recording()
    marker = whole.marker.copy()
    marker[5000 + split :] = False
    first = replace(whole, marker=marker)
    second = replace(whole, marker=whole.marker & ~marker)
    parts = cut(first, 1).joules + cut(second, 1).joules
    assert parts == pytest.approx(cut(whole).joules)


def test_what_comes_right_before_the_window_is_not_idle() -> None:
    samples = recording()
    samples.current_a[3500:5000] = 0.5  # the request is on the line, within the guard of 2,000
    assert cut(samples).idle_w == pytest.approx(3.3 * 0.001)
    assert cut(recording(before=1500)).idle_w is None


@pytest.mark.parametrize(
    ("samples", "words"),
    [
        (recording(high=0), "never high in 5,300 samples"),
        (recording(before=0), "high at the start"),
        (recording(after=0), "high at the end"),
        (recording(high=99), "has 99 samples, at least 100"),
        (replace(recording(), lost=1234), "lost 1,234 samples"),
        (
            replace(recording(), marker=np.tile(recording(100, 200, 50).marker, 18)),
            "went up 18 times",
        ),
    ],
)
def test_a_recording_without_one_whole_window(samples: Samples, words: str) -> None:
    with pytest.raises(EnergyError, match=words) as caught:
        cut(samples)
    assert caught.value.hint


def test_mean_and_interval_of_repeated_windows() -> None:
    joules = [0.0010, 0.0012, 0.0011, 0.0013, 0.0009]
    found = summarise([Window(1.0, each, 0.0002) for each in joules], invocations=100)
    assert (found.uj, found.windows, found.invocations) == (pytest.approx(11.0), 5, 100)
    assert found.sd_uj == pytest.approx(np.std([10, 12, 11, 13, 9], ddof=1))
    half = 2.776445 * found.sd_uj / np.sqrt(5)  # t of 4 degrees of freedom, 97.5 %
    assert (found.low_uj, found.high_uj) == (
        pytest.approx(11 - half, rel=1e-6),
        pytest.approx(11 + half, rel=1e-6),
    )
    assert found.idle_mw == pytest.approx(0.2)
    assert found.above_idle_uj == pytest.approx(11.0 - 2.0)  # 0.2 mW for 10 ms


def test_without_an_idle_part_nothing_is_taken_off() -> None:
    found = summarise([Window(1.0, 1.0, None), Window(1.0, 1.0, None)], invocations=1)
    assert (found.idle_mw, found.above_idle_uj, found.sd_uj) == (None, None, 0.0)
