"""Networks of which the engine computes layers by bands, with every kernel."""

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


def chain(
    shape: tuple[int, int, int], *layers: dict[str, object], quantised: bool = True
) -> Network:
    """A network of layers that differ from a 3x3 convolution as told."""
    each = tuple(replace(_BLOCK, **{"kind": "conv", **layer}) for layer in layers)  # type: ignore[arg-type]
    return Network(quantised=quantised, float_ends=False, shape=shape, layers=each, seed=9)


_WIDE = {"kernel": (1, 1), "channels": 24}
_JOINED = {"channels": 24}
_SPARSE = {"channels": 24, "sparsity": 0.9}
_MULTIPLIED = {"kind": "depthwise", "channels": 2}  # three outputs a channel
_NARROW = {"kernel": (1, 1), "channels": 3}
_DEPTHWISE = {"kind": "depthwise", "channels": 3}
_DOWN = {"stride": (2, 2)}
_POOL = {"kind": "max_pool", "kernel": (3, 3), "stride": (2, 2)}
# the first layer's output is the largest tensor by far
_ROLLING_INT8 = [
    chain((11, 9, 4), _WIDE, {**_DEPTHWISE, **_DOWN}),
    chain((10, 8, 8), _WIDE, {**_DEPTHWISE, "kernel": (2, 3), "stride": (2, 1)}, _NARROW),
    chain((12, 7, 3), _JOINED, {"channels": 4}),
    chain((16, 6, 8), _SPARSE, {"channels": 4, "dilation": (2, 1), "padding": "VALID"}),
    chain((13, 6, 8), {**_SPARSE, "kernel": (1, 1)}, {**_DEPTHWISE, "stride": (3, 2)}),
    chain((16, 8, 4), _MULTIPLIED, _NARROW),
    chain((9, 8, 8), {**_MULTIPLIED, "dilation": (1, 2)}, {"channels": 2, "stride": (1, 2)}),
    chain((14, 9, 3), _WIDE, {**_POOL, "padding": "SAME"}),
    chain((14, 9, 3), _JOINED, {**_POOL, "kind": "average_pool", "padding": "SAME"}),
    chain((15, 5, 8), {**_WIDE, "stride": (1, 1)}, {"channels": 3, "sparsity": 0.9}),
    chain((12, 6, 8), {"channels": 60, "stride": (1, 2)}, {"channels": 3, "kernel": (4, 2)}),
    chain((24, 14, 1), {"channels": 3}, {"channels": 2, **_DOWN}),  # joined both
    chain((21, 4, 6), _WIDE, {"channels": 3, "kernel": (1, 2), "stride": (4, 1)}),  # skips rows
]
ROLLING_NETWORKS = [
    *_ROLLING_INT8,
    *(replace(network, quantised=False) for network in _ROLLING_INT8),
]
