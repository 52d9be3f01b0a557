"""All methods that prune, alone or as a step of a chain. A new one is added here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from harness.pruning.block import Block
from harness.pruning.during_training import DuringTraining
from harness.pruning.filter import Filter
from harness.pruning.gradient import Gradient
from harness.pruning.iterative import Iterative
from harness.pruning.l1 import L1
from harness.pruning.l2 import L2
from harness.pruning.magnitude import Magnitude
from harness.pruning.method import Method
from harness.pruning.neuron import Neuron
from harness.pruning.random import Random

AnyStep = (
    Magnitude | Block | Random | L1 | L2 | Iterative | Gradient | DuringTraining | Neuron | Filter
)


def by_name(*methods: type[Method]) -> dict[str, type[Method]]:
    """The method classes by the names that plans use for them, in order."""
    return {
        name: method
        for method in methods
        for name in get_args(method.model_fields["method"].annotation)
    }


STEPS: Mapping[str, type[Method]] = by_name(*get_args(AnyStep))
