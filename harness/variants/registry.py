"""All pruning methods: adding one is one file and one line here."""

from __future__ import annotations

from typing import Annotated, get_args

from pydantic import Field

from harness.variants.block import Block
from harness.variants.chain import Chain
from harness.variants.during_training import DuringTraining
from harness.variants.filter import Filter
from harness.variants.gradient import Gradient
from harness.variants.iterative import Iterative
from harness.variants.l1 import L1
from harness.variants.l2 import L2
from harness.variants.magnitude import Magnitude
from harness.variants.neuron import Neuron
from harness.variants.none import Original
from harness.variants.random import Random

AnyMethod = Annotated[
    Original
    | Magnitude
    | Block
    | Random
    | L1
    | L2
    | Iterative
    | Gradient
    | DuringTraining
    | Neuron
    | Filter
    | Chain,
    Field(discriminator="method"),
]
METHODS: tuple[str, ...] = tuple(
    name
    for method in get_args(get_args(AnyMethod)[0])
    for name in get_args(method.model_fields["method"].annotation)
)
