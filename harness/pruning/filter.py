"""Filter pruning: filters of Conv2D layers are removed."""

from __future__ import annotations

from typing import ClassVar, Literal

from harness.pruning.structured import Structured


class Filter(Structured):
    """Structured pruning of Conv2D layers; normalisations and depthwise layers lose their share."""

    KIND: ClassVar[str] = "Conv2D"
    UNITS: ClassVar[str] = "filters"
    OTHER: ClassVar[dict[str, str]] = {"Dense": "method neuron prunes it"}

    method: Literal["filter"]
