"""A model around one operator, under construction."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tests.engine.network_layers import ACTIVATIONS
from tests.engine.tflite_builder import TfliteBuilder

Shape = tuple[int, ...]


@dataclass
class OpModel:
    """A model under construction; scales and zero points are drawn as they are needed."""

    kind: str
    dtype: str
    seed: int
    builder: TfliteBuilder = field(default_factory=TfliteBuilder)

    def __post_init__(self) -> None:
        self.rng = np.random.default_rng([self.seed, sum(map(ord, self.kind + self.dtype))])

    def shape(self, low: int = 1, high: int = 4) -> Shape:
        """The first dimension is 1, as in all models of one input."""
        rank = int(self.rng.integers(low, high + 1))
        return (1, *(int(n) for n in self.rng.integers(1, 6, rank - 1)))

    def quantisation(self, middle: float = 0.05) -> dict[str, Any]:
        if self.dtype == "float32":
            return {}
        scale = float(np.float32(middle * 2 ** self.rng.uniform(-2, 2)))
        zero = int(self.rng.choice([-128, 0, int(self.rng.integers(-128, 128))]))
        if self.dtype == "int16":
            return {"scales": [scale / 256], "zero_points": [0]}
        return {"scales": [scale], "zero_points": [zero]}

    def tensor(self, shape: Shape, q: dict[str, Any] | None = None, data: Any = None) -> int:
        q = self.quantisation() if q is None else q
        return self.builder.tensor(self.dtype, shape, data=data, **q)

    def integers(self, values: Any) -> int:
        values = np.array(values, dtype=np.int32)
        return self.builder.tensor("int32", values.shape, data=values)

    def values(self, shape: Shape) -> Any:
        if self.dtype == "float32":
            return self.rng.normal(size=shape)
        limits = np.iinfo(self.dtype)
        return self.rng.integers(limits.min, limits.max + 1, shape)

    def copy(self, source: int, shape: Shape, q: dict[str, Any]) -> int:
        """A second activation, computed from the first."""
        if self.dtype == "float32":
            result = self.tensor(shape, {})
            self.builder.operator("TANH", [source], [result])
            return result
        result = self.tensor(shape, q)
        self.builder.operator("QUANTIZE", [source], [result])
        return result

    def finish(self, start: int, end: int) -> None:
        self.builder.inputs, self.builder.outputs = [start], [end]

    def activation(self) -> int:
        return int(self.rng.choice(list(ACTIVATIONS.values())))
