"""Stand-ins for the probes' packages with their names, arguments and data, as far as drivers use
them: ppk2-api 0.9.2 and pyjoulescope_driver 2.2.12. A board's pin and current are scripted."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest


class FakeSerial:
    def __init__(self) -> None:
        self.closed = False

    def close(self) -> None:
        self.closed = True


class FakePpk2:
    """Its ADC reads 1 µA a step. `words` are what it sends once it measures."""

    made: list[FakePpk2]
    words: np.ndarray
    calibrated = True

    def __init__(self, port: str, **kwargs: Any) -> None:
        if port == "/dev/missing":
            raise OSError(2, "No such file or directory")
        self.port, self.kwargs = port, kwargs
        self.ser = FakeSerial()
        self.calls: list[Any] = []
        self.measuring = False
        self.left = b""
        self.made.append(self)

    def get_modifiers(self) -> bool | None:
        assert not self.measuring
        return True if self.calibrated else None

    def set_source_voltage(self, mV: int) -> None:  # noqa: N803 as in the package
        self.calls.append(mV)

    def use_source_meter(self) -> None:
        self.calls.append("source")

    def use_ampere_meter(self) -> None:
        self.calls.append("ampere")

    def toggle_DUT_power(self, state: str) -> None:  # noqa: N802 as in the package
        self.calls.append(state)

    def start_measuring(self) -> None:
        self.measuring = True
        self.left += self.words.astype("<u4").tobytes()

    def stop_measuring(self) -> None:
        if self.measuring:
            self.left += bytes(6)  # still on their way, the last word not whole
        self.measuring = False

    def get_data(self) -> bytes:
        piece, self.left = self.left[:1022], self.left[1022:]  # no multiple of a word
        return piece

    def get_samples(self, buf: bytes) -> tuple[list[float], list[int]]:
        assert len(buf) % 4 == 0
        words = np.frombuffer(buf, "<u4")
        return (words & 0x3FFF).astype(float).tolist(), (words >> 24).tolist()


def ppk2_words(microamperes: np.ndarray, marker: np.ndarray, channel: int) -> np.ndarray:
    """The stream of a PPK2; its other inputs are high."""
    counter = np.arange(len(marker)) % 64
    inputs = np.where(marker, 0xFF, 0xFF & ~(1 << channel))
    words = microamperes.astype(np.int64) | counter << 18 | inputs.astype(np.int64) << 24
    found: np.ndarray = words.astype("<u4")
    return found


class FakeDriver:
    """Sends `blocks` (topic below the device's path, block) once all three streams are on."""

    made: list[FakeDriver]
    paths: list[str]
    blocks: list[tuple[str, dict[str, Any]]]

    def __init__(self) -> None:
        self.published: list[tuple[str, Any]] = []
        self.listeners: dict[str, Callable[[str, Any], None]] = {}
        self.opened: list[str] = []
        self.finalized = False
        self.made.append(self)

    def device_paths(self, timeout: float | None = None) -> list[str]:  # noqa: ARG002
        return self.paths

    def open(
        self,
        device_prefix: str,
        mode: str | None = None,  # noqa: ARG002
        timeout: float | None = None,  # noqa: ARG002
    ) -> None:
        self.opened.append(device_prefix)

    def publish(self, topic: str, value: Any, timeout: float | None = None) -> None:  # noqa: ARG002
        self.published.append((topic, value))
        on = [name for name, each in self.published if name.endswith("/ctrl") and each == 1]
        if value == 1 and len(on) == 3:
            for name, block in self.blocks:
                path = f"{self.opened[0]}/{name}/!data"
                if path in self.listeners:
                    self.listeners[path](path, block)

    def subscribe(
        self,
        topic: str,
        flags: str,
        fn: Callable[[str, Any], None],
        timeout: float | None = None,  # noqa: ARG002
    ) -> None:
        assert flags == "pub"
        self.listeners[topic] = fn

    def unsubscribe(
        self,
        topic: str,
        fn: Callable[[str, Any], None],
        timeout: float | None = None,  # noqa: ARG002
    ) -> None:
        assert self.listeners.pop(topic) is fn

    def close(self, device_prefix: str, timeout: float | None = None) -> None:  # noqa: ARG002
        self.opened.remove(device_prefix)

    def finalize(self, timeout: float | None = None) -> None:  # noqa: ARG002
        self.finalized = True


def install(patch: pytest.MonkeyPatch, name: str, **contents: Any) -> None:
    """Make `import name` find a module that holds `contents`."""
    for parent in [name.rpartition(".")[0], name]:
        if parent:
            module = ModuleType(parent)
            patch.setitem(sys.modules, parent, module)
    for key, value in contents.items():
        setattr(module, key, value)
