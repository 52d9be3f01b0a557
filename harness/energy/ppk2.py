"""Nordic's Power Profiler Kit II, through its package `ppk2-api` (IRNAS), version 0.9.

It samples current and eight digital inputs 100,000 times a second. It measures no voltage: the
voltage that it was set to counts. Words of its stream: bits 0-13 the ADC, 14-16 the range, 18-23 a
counter, 24-31 the inputs (as in Nordic's own pc-nrfconnect-ppk).
"""

from __future__ import annotations

import threading
import time
from typing import Any

import numpy as np

from harness.energy.probe import Probe, Samples, driver_errors
from harness.errors import EnergyError, ToolMissing

RATE_HZ = 100_000
WORD_BYTES = 4
COUNTER_SHIFT, COUNTER_VALUES = 18, 64
STEADY = 4
POLL_S = 0.002
QUIET_S, SILENCE_WITHIN_S = 0.05, 2.0


class Ppk2(Probe):
    """A PPK2 at a serial port, which supplies the board ("source") or sits in its supply."""

    def __init__(self, port: str, voltage_mv: int, mode: str, channel: int) -> None:
        self._port = port
        self._voltage_mv = voltage_mv
        self._mode = mode
        self._channel = channel
        self._device: Any = None
        self._chunks: list[bytes] = []
        self._done = threading.Event()
        self._reader: threading.Thread | None = None

    @property
    def title(self) -> str:
        """See Probe."""
        return f"PPK2, {RATE_HZ // 1000} kS/s, {self._voltage_mv / 1000:g} V"

    def open(self) -> None:
        """See Probe."""
        try:
            from ppk2_api.ppk2_api import PPK2_API
        except ImportError as error:
            raise ToolMissing(
                "the package ppk2-api is not installed",
                hint="pip install 'tinyml-harness[ppk2]'",
            ) from error
        with driver_errors(self._port):
            device = PPK2_API(self._port, timeout=1, write_timeout=1, exclusive=True)
            _silence(device)  # one that was left measuring answers nothing else
            known = device.get_modifiers()
        if not known:
            raise EnergyError(
                "no calibration came: this is no PPK2, or it hangs",
                where=self._port,
                hint="check its port in [energy.TARGET] (the kit has two), or plug it in again",
            )
        device.set_source_voltage(self._voltage_mv)
        if self._mode == "source":
            device.use_source_meter()
        else:
            device.use_ampere_meter()
        device.toggle_DUT_power("ON")
        self._device = device

    def start(self) -> None:
        """See Probe."""
        self._chunks = []
        self._done.clear()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._device.start_measuring()
        self._reader.start()

    def stop(self) -> Samples:
        """See Probe. Decoding takes about as long as recording did."""
        self._done.set()
        if self._reader is not None:
            self._reader.join()
        with driver_errors(self._port):
            _silence(self._device)
        data = b"".join(self._chunks)
        data = data[: len(data) // WORD_BYTES * WORD_BYTES]
        if len(data) <= STEADY * WORD_BYTES:
            raise EnergyError("the PPK2 sent no samples", where=self._port)
        microamperes, inputs = self._device.get_samples(data)
        count = len(data) // WORD_BYTES
        if len(microamperes) != count:
            raise EnergyError(
                f"{count - len(microamperes):,} of {count:,} samples were out of range",
                where=self._port,
            )
        return Samples(
            time_s=np.arange(count) / RATE_HZ,
            current_a=np.array(microamperes) / 1e6,
            voltage_v=np.full(count, self._voltage_mv / 1000),
            marker=(np.array(inputs) >> self._channel & 1).astype(bool),
            lost=lost_words(data),
        )

    def close(self) -> None:
        """See Probe."""
        if self._device is not None:
            self._device.ser.close()
            self._device = None

    def _read(self) -> None:
        while not self._done.wait(POLL_S):
            try:
                self._chunks.append(self._device.get_data())
            except OSError:
                return  # what came so far lacks the marker's end, which is reported then


def _silence(device: Any) -> None:
    """Stop measuring and drop what still comes: the next stream then starts with a whole word."""
    device.stop_measuring()
    end = time.monotonic() + SILENCE_WITHIN_S
    quiet = time.monotonic() + QUIET_S
    while time.monotonic() < min(quiet, end):
        if device.get_data():
            quiet = time.monotonic() + QUIET_S
        time.sleep(POLL_S)


def lost_words(data: bytes) -> int:
    """Count the words missing in a stream, by their counter; at most 63 in a row are seen.

    A counter that is wrong for up to four words and then goes on is a broken word, not a lost one:
    Nordic's program reads it so too.
    """
    counter = (np.frombuffer(data, dtype="<u4") >> COUNTER_SHIFT).astype(np.int64)
    ahead = np.mod(counter - np.arange(len(counter)), COUNTER_VALUES)
    steady = np.convolve(np.diff(ahead) == 0, np.ones(STEADY), "valid") == STEADY
    return int(np.mod(np.diff(ahead[: len(steady)][steady]), COUNTER_VALUES).sum())
