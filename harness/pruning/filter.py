"""Filter pruning: filters of convolutions are removed."""

from __future__ import annotations

from typing import ClassVar, Literal

from harness.pruning.structured import Structured
from harness.pruning.structured_layers import kinds_of


class Filter(Structured):
    """Structured pruning of convolutions; normalisations and depthwise layers lose their share."""

    KINDS: ClassVar[tuple[str, ...]] = kinds_of("filter")
    UNITS: ClassVar[str] = "filters"

    method: Literal["filter"]
