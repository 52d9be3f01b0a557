"""Neuron pruning: units of Dense and recurrent layers are removed."""

from __future__ import annotations

from typing import ClassVar, Literal

from harness.pruning.structured import Structured
from harness.pruning.structured_layers import kinds_of


class Neuron(Structured):
    """Structured pruning of Dense, LSTM, GRU and SimpleRNN layers.

    All gates of a unit go together; the next layers lose the rows that read it.
    """

    KINDS: ClassVar[tuple[str, ...]] = kinds_of("neuron")
    UNITS: ClassVar[str] = "units"

    method: Literal["neuron"]
