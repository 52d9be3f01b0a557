"""Residual blocks of which the engine computes the last layer by bands, with every kernel."""

from __future__ import annotations

from dataclasses import replace

from tests.engine.networks import Layer, Network

_BLOCK = Layer(
    kind="block",
    kernel=(3, 3),
    stride=(1, 1),
    dilation=(1, 1),
    padding="SAME",
    activation="RELU",
    channels=8,  # of the layer in between; multiples of 3 make the second one depthwise
    per_channel=True,  # two layers
    bias=True,  # the shortcut is the sum's first operand
    sparsity=0.0,
    spread=0.0,
)


def residual(shape: tuple[int, int, int], *, quantised: bool = True, **layer: object) -> Network:
    """A network of one block, int8 or float32."""
    block = replace(_BLOCK, **layer)  # type: ignore[arg-type]
    return Network(quantised=quantised, float_ends=False, shape=shape, layers=(block,), seed=7)


_INT8 = [
    residual((8, 6, 8)),
    residual((9, 4, 8), bias=False, kernel=(2, 3), activation="NONE"),
    residual((7, 8, 4), dilation=(2, 1), channels=4),
    residual((9, 8, 8), dilation=(3, 2)),
    residual((6, 6, 3), channels=2),  # joined
    residual((6, 10, 16), padding="VALID"),  # 1x1
    residual((8, 8, 8), channels=9),  # depthwise
    residual((8, 8, 4), channels=9, kernel=(2, 2)),
    residual((8, 8, 8), sparsity=0.8),  # element-sparse, padded and not
    residual((8, 8, 16), sparsity=0.9, padding="VALID", channels=16),
    residual((8, 8, 12), sparsity=0.99, bias=False),
]
BAND_NETWORKS = [
    *_INT8,
    *(replace(network, quantised=False) for network in _INT8),
]
