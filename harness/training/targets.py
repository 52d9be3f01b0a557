"""Sparsity targets: of each layer, or of all layers together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class Targets:
    """Fraction of zeros asked for: of each layer, or over all layers without one of their own."""

    sparsity: float
    scope: Literal["layer", "global"] = "layer"
    layers: Mapping[str, float] = field(default_factory=dict)

    def rising(self, rise: Callable[[float], float]) -> Targets:
        """The targets on the way: `rise` maps a final sparsity to the present one."""
        own = {layer: rise(sparsity) for layer, sparsity in self.layers.items()}
        return Targets(rise(self.sparsity), self.scope, own)

    def pools(self, layers: Sequence[str]) -> Iterator[tuple[float, tuple[str, ...]]]:
        """Layers that share one threshold, with the sparsity of that pool."""
        for layer in self.layers:
            yield self.layers[layer], (layer,)
        rest = tuple(layer for layer in dict.fromkeys(layers) if layer not in self.layers)
        if self.scope == "global" and rest:
            yield self.sparsity, rest
        elif self.scope == "layer":
            for layer in rest:
                yield self.sparsity, (layer,)
