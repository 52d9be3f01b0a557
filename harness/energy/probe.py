"""Interface of a current probe: samples of current and voltage, and one digital input.

The input is wired to the board's marker pin, which is high while inferences run (docs/energy.md).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import numpy as np

from harness.errors import EnergyError


@dataclass(frozen=True)
class Samples:
    """Recording of a probe; all arrays (n,), a sample holds until the next one.

    `time_s` rises strictly and starts anywhere; `marker` is the digital input; `lost` counts the
    samples that never reached the host.
    """

    time_s: np.ndarray
    current_a: np.ndarray
    voltage_v: np.ndarray
    marker: np.ndarray
    lost: int = 0


@contextmanager
def driver_errors(where: str) -> Iterator[None]:
    """Turn what drivers' packages and serial ports raise into EnergyError."""
    try:
        yield
    except (OSError, RuntimeError, ValueError) as error:  # pyserial's and timeouts are OSErrors
        raise EnergyError(
            f"the probe cannot be used: {error}",
            where=where,
            hint="check its cable, its port in [energy.TARGET], and that no other program has it",
        ) from error


class Probe(ABC):
    """One probe. Used as a context: the board has its supply between open and close."""

    @property
    @abstractmethod
    def title(self) -> str:
        """Instrument and setting, e.g. "PPK2, 100 kS/s, 3.3 V"."""

    @abstractmethod
    def open(self) -> None:
        """Connect and turn the board's supply on. Raises EnergyError, ToolMissing."""

    @abstractmethod
    def start(self) -> None:
        """Begin to record. Raises EnergyError."""

    @abstractmethod
    def stop(self) -> Samples:
        """End the recording; what came since start. Raises EnergyError where nothing did."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the probe; the board's supply stays on."""

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
