"""The PPK2's driver against a stand-in for its package."""

from __future__ import annotations

import sys
import time

import numpy as np
import pytest

from harness.energy.ppk2 import Ppk2, lost_words
from harness.energy.probe import Samples
from harness.energy.window import cut
from harness.errors import EnergyError, ToolMissing
from tests.energy.packages import FakePpk2, install, ppk2_words

MARKER = np.repeat([False, True, False], [3000, 2000, 200])
CURRENT = np.where(MARKER, 8000, 500)  # µA


@pytest.fixture
def package(monkeypatch: pytest.MonkeyPatch) -> type[FakePpk2]:
    fresh = type("FakePpk2", (FakePpk2,), {"made": [], "words": ppk2_words(CURRENT, MARKER, 3)})
    install(monkeypatch, "ppk2_api.ppk2_api", PPK2_API=fresh)
    return fresh


def record(probe: Ppk2) -> Samples:
    probe.start()
    device = probe._device
    end = time.monotonic() + 20
    while device.left and time.monotonic() < end:
        time.sleep(0.001)
    return probe.stop()


def test_a_window_through_the_driver(package: type[FakePpk2]) -> None:
    with Ppk2("/dev/kit", 3300, "source", 3) as probe:
        samples = record(probe)
        (device,) = package.made
        assert (device.port, device.kwargs["exclusive"]) == ("/dev/kit", True)
        assert device.calls == [3300, "source", "ON"]
        assert probe.title == "PPK2, 100 kS/s, 3.3 V"
    assert device.ser.closed
    assert "OFF" not in device.calls
    assert len(samples.marker) == 5200
    assert np.array_equal(samples.marker, MARKER)
    window = cut(samples)
    assert window.seconds == pytest.approx(0.02)
    assert window.joules == pytest.approx(3.3 * 8e-3 * 0.02)
    assert window.idle_w == pytest.approx(3.3 * 0.5e-3)


def test_ampere_mode_sits_in_the_boards_own_supply(package: type[FakePpk2]) -> None:
    with Ppk2("/dev/kit", 5000, "ampere", 0):
        assert package.made[0].calls == [5000, "ampere", "ON"]


def test_a_second_window_starts_from_nothing(package: type[FakePpk2]) -> None:
    with Ppk2("/dev/kit", 3300, "source", 3) as probe:
        assert [len(record(probe).marker) for _ in range(2)] == [5200, 5200]
        package.words = package.words[:0]
        with pytest.raises(EnergyError, match="sent no samples"):
            record(probe)


def test_what_cannot_be_opened_says_why(
    package: type[FakePpk2], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(EnergyError, match=r"/dev/missing: .*No such file.*its port"):
        Ppk2("/dev/missing", 3300, "source", 0).open()
    package.calibrated = False
    with pytest.raises(EnergyError, match="this is no PPK2"):
        Ppk2("/dev/kit", 3300, "source", 0).open()
    monkeypatch.setitem(sys.modules, "ppk2_api.ppk2_api", None)
    with pytest.raises(ToolMissing, match=r"pip install 'tinyml-harness\[ppk2\]'"):
        Ppk2("/dev/kit", 3300, "source", 0).open()


@pytest.mark.parametrize("gap", [1, 5, 62])
def test_missing_words_are_counted(gap: int) -> None:
    words = ppk2_words(CURRENT, MARKER, 0)
    cut_out = np.delete(words, slice(1000, 1000 + gap))
    assert lost_words(words.tobytes()) == 0
    assert lost_words(cut_out.tobytes()) == gap
    twice = np.delete(cut_out, slice(3000, 3007))
    assert lost_words(twice.tobytes()) == gap + 7


def test_a_broken_word_is_not_a_lost_one() -> None:
    words = ppk2_words(CURRENT, MARKER, 0)
    words[2000] ^= 0x15 << 18
    assert lost_words(words.tobytes()) == 0
