"""Neuron pruning: units of Dense layers are removed."""

from __future__ import annotations

from typing import ClassVar, Literal

from harness.pruning.structured import Structured


class Neuron(Structured):
    """Structured pruning of Dense layers; the next layers lose the rows that read the units."""

    KIND: ClassVar[str] = "Dense"
    UNITS: ClassVar[str] = "units"
    OTHER: ClassVar[dict[str, str]] = {"Conv2D": "method filter prunes it"}

    method: Literal["neuron"]
