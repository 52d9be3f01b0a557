"""Jetperch's Joulescope JS220, through its package `pyjoulescope_driver`, version 2.

Current, voltage and a general-purpose input come as streams of blocks, a million samples a second;
a block's `sample_id` counts at the device's own rate, `decimate_factor` of them to a sample.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from harness.energy.probe import Probe, Samples, driver_errors
from harness.errors import EnergyError, ToolMissing

MODEL = "js220"
Block = dict[str, Any]


class Joulescope(Probe):
    """The attached JS220, or the one with a serial number."""

    def __init__(self, serial_number: str, channel: int) -> None:
        self._serial_number = serial_number
        self._signals = {"i": "s/i", "v": "s/v", "gpi": f"s/gpi/{channel}"}
        self._driver: Any = None
        self._path = ""
        self._blocks: dict[str, list[Block]] = {}
        self._listeners: dict[str, Any] = {}

    @property
    def title(self) -> str:
        """See Probe."""
        return "Joulescope JS220, 1 MS/s, voltage measured"

    def open(self) -> None:
        """See Probe."""
        try:
            from pyjoulescope_driver import Driver
        except ImportError as error:
            raise ToolMissing(
                "the package pyjoulescope_driver is not installed",
                hint="pip install 'tinyml-harness[joulescope]'",
            ) from error
        driver = Driver()
        try:
            with driver_errors(MODEL):
                self._path = self._choose(driver.device_paths())
                driver.open(self._path, "defaults")
                driver.publish(f"{self._path}/s/i/range/mode", "auto")
                driver.publish(f"{self._path}/s/v/range/mode", "auto")
        except EnergyError:
            driver.finalize()
            raise
        self._driver = driver

    def start(self) -> None:
        """See Probe."""
        self._blocks = {name: [] for name in self._signals}
        with driver_errors(self._path):
            for name, topic in self._signals.items():
                self._listeners[name] = _listener(self._blocks[name])
                self._driver.subscribe(f"{self._path}/{topic}/!data", "pub", self._listeners[name])
            for topic in self._signals.values():
                self._driver.publish(f"{self._path}/{topic}/ctrl", 1)

    def stop(self) -> Samples:
        """See Probe."""
        with driver_errors(self._path):
            for topic in self._signals.values():
                self._driver.publish(f"{self._path}/{topic}/ctrl", 0)
            for name, topic in self._signals.items():
                self._driver.unsubscribe(f"{self._path}/{topic}/!data", self._listeners.pop(name))
        if not all(self._blocks.values()):
            missing = [name for name, blocks in self._blocks.items() if not blocks]
            raise EnergyError(f"the Joulescope sent no {', '.join(missing)}", where=self._path)
        rate = self._blocks["i"][0]["sample_rate"]
        streams = {
            name: concatenated(blocks, bits=name == "gpi") for name, blocks in self._blocks.items()
        }
        return aligned(streams, rate)

    def close(self) -> None:
        """See Probe."""
        driver, self._driver = self._driver, None
        if driver is not None:
            try:
                with driver_errors(self._path):
                    driver.close(self._path)
            finally:
                driver.finalize()

    def _choose(self, paths: list[str]) -> str:
        found = [path for path in paths if MODEL in path.lower().split("/")]
        if self._serial_number:
            found = [path for path in found if path.rpartition("/")[2] == self._serial_number]
        if len(found) == 1:
            return found[0]
        attached = f"; attached: {', '.join(paths)}" if paths else ""
        raise EnergyError(
            f"{len(found)} Joulescopes JS220 match, wanted one{attached}",
            hint="attach it, and name its serial number where there are several: port",
        )


def _listener(blocks: list[Block]) -> Any:
    def take(_: str, block: Block) -> None:
        blocks.append(block | {"data": np.array(block["data"])})  # the driver uses its own again

    return take


def concatenated(blocks: list[Block], *, bits: bool) -> tuple[np.ndarray, np.ndarray, int]:
    """Sample ids (n,), values (n,) and how many samples are missing between the blocks.

    `bits`: eight samples a byte, the first in its least significant bit.
    """
    ids: list[np.ndarray] = []
    values: list[np.ndarray] = []
    lost, expected = 0, None
    for block in blocks:
        first, step = int(block["sample_id"]), int(block["decimate_factor"])
        data = np.unpackbits(block["data"], bitorder="little") if bits else block["data"]
        if expected is not None:
            lost += max(0, first - expected) // step
            data = data[max(0, expected - first) // step :]  # a block may repeat the last one's end
            first = max(first, expected)
        expected = first + len(data) * step
        ids.append(first + np.arange(len(data), dtype=np.int64) * step)
        values.append(data)
    return np.concatenate(ids), np.concatenate(values), lost


def aligned(streams: dict[str, tuple[np.ndarray, np.ndarray, int]], rate_hz: float) -> Samples:
    """The three streams where all of them have samples, at the current's own instants."""
    ids = streams["i"][0]
    first = max(stream[0][0] for stream in streams.values())
    last = min(stream[0][-1] for stream in streams.values())
    inside = (ids >= first) & (ids <= last)
    ids = ids[inside]

    def at(name: str) -> np.ndarray:
        known, values, _ = streams[name]
        found: np.ndarray = values[np.searchsorted(known, ids, side="right") - 1]
        return found

    return Samples(
        time_s=ids / rate_hz,
        current_a=streams["i"][1][inside].astype(np.float64),
        voltage_v=at("v").astype(np.float64),
        marker=at("gpi").astype(bool),
        lost=sum(stream[2] for stream in streams.values()),
    )
