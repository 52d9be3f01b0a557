"""The Joulescope's driver against a stand-in for its package."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest

from harness.energy.joulescope import Joulescope
from harness.energy.window import cut
from harness.errors import EnergyError, ToolMissing
from tests.energy.packages import FakeDriver, install

RATE = 2_000_000  # ids a second; two of them to a sample
MARKER = np.repeat([0, 1, 0], [40_000, 16_000, 8_000]).astype(np.uint8)
FIRST = 123_456


def blocks(drop: tuple[str, int] = ("", -1)) -> list[tuple[str, dict[str, Any]]]:
    """64 ms in blocks of 1,000 samples; the voltage starts 4 samples before the others."""
    streams = {
        "s/v": np.full(len(MARKER) + 4, 3.0, np.float32),
        "s/gpi/2": MARKER,
        "s/i": np.where(MARKER, 0.02, 0.004).astype(np.float32),
    }
    found = []
    for topic, values in streams.items():
        start = FIRST - 8 if topic == "s/v" else FIRST
        for index, offset in enumerate(range(0, len(values), 1000)):
            data = values[offset : offset + 1000]
            if topic == "s/gpi/2":
                data = np.packbits(data, bitorder="little")
            if (topic, index) != drop:
                head = {"sample_id": start + 2 * offset, "sample_rate": RATE}
                found.append((topic, head | {"decimate_factor": 2, "data": data}))
    return found


@pytest.fixture
def package(monkeypatch: pytest.MonkeyPatch) -> type[FakeDriver]:
    contents = {"made": [], "paths": ["u/js110/000415", "u/js220/002557"], "blocks": blocks()}
    fresh = type("FakeDriver", (FakeDriver,), contents)
    install(monkeypatch, "pyjoulescope_driver", Driver=fresh)
    return fresh


def test_a_window_through_the_driver(package: type[FakeDriver]) -> None:
    with Joulescope("", 2) as probe:
        probe.start()
        samples = probe.stop()
        (driver,) = package.made
        assert driver.opened == ["u/js220/002557"]
        assert ("u/js220/002557/s/i/range/mode", "auto") in driver.published
        assert driver.published[-3:] == [
            (f"u/js220/002557/{name}/ctrl", 0) for name in ("s/i", "s/v", "s/gpi/2")
        ]
    assert (driver.opened, driver.listeners, driver.finalized) == ([], {}, True)
    assert np.array_equal(samples.marker, MARKER.astype(bool))
    window = cut(samples)
    assert window.seconds == pytest.approx(0.016)
    assert window.joules == pytest.approx(3.0 * 0.02 * 0.016, rel=1e-6)
    assert window.idle_w == pytest.approx(3.0 * 0.004, rel=1e-6)


@pytest.mark.parametrize("stream", ["s/i", "s/v", "s/gpi/2"])
def test_a_lost_block_is_counted(package: type[FakeDriver], stream: str) -> None:
    package.blocks = blocks((stream, 7))
    with Joulescope("", 2) as probe:
        probe.start()
        assert probe.stop().lost == 1000


def test_a_stream_that_never_came_is_named(package: type[FakeDriver]) -> None:
    package.blocks = [item for item in blocks() if item[0] != "s/gpi/2"]
    with Joulescope("", 2) as probe:
        probe.start()
        with pytest.raises(EnergyError, match="sent no gpi"):
            probe.stop()


def test_which_joulescope(package: type[FakeDriver], monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(EnergyError, match=r"0 Joulescopes JS220 match.*u/js110/000415"):
        Joulescope("999999", 0).open()
    package.paths = ["u/js220/000001", "u/js220/000002"]
    with pytest.raises(EnergyError, match="2 Joulescopes JS220 match"):
        Joulescope("", 0).open()
    assert all(driver.finalized for driver in package.made)
    with Joulescope("000002", 0):
        assert package.made[-1].opened == ["u/js220/000002"]
    monkeypatch.setitem(sys.modules, "pyjoulescope_driver", None)
    with pytest.raises(ToolMissing, match=r"pip install 'tinyml-harness\[joulescope\]'"):
        Joulescope("", 0).open()
