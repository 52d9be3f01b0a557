"""Networks that reach the special paths of the dense int8 kernels, which random ones seldom do."""

from __future__ import annotations

from tests.engine.networks import Layer, Network

_LAYER = Layer(
    kind="conv",
    kernel=(3, 3),
    stride=(1, 1),
    dilation=(1, 1),
    padding="SAME",
    activation="NONE",
    channels=6,
    per_channel=True,
    bias=True,
    sparsity=0.0,
    spread=0.0,
)


def network(shape: tuple[int, int, int], *layers: dict[str, object], seed: int = 3) -> Network:
    """An int8 network of layers that differ from a plain 3x3 convolution as told."""
    return Network(
        quantised=True,
        float_ends=False,
        shape=shape,
        layers=tuple(Layer(**{**vars(_LAYER), **layer}) for layer in layers),
        seed=seed,
    )


_DEPTHWISE = [
    network(
        (height, width, channels),
        {
            "kind": "depthwise",
            "channels": 3,
            "stride": stride,
            "padding": padding,
            "activation": activation,
            "spread": spread,
        },
    )
    for height, width, channels, stride, padding, activation, spread in [
        (25, 5, 4, (1, 1), "SAME", "RELU", 0.0),
        (12, 12, 3, (2, 2), "SAME", "NONE", 0.0),
        (11, 13, 2, (2, 2), "SAME", "RELU6", 0.0),
        (9, 8, 5, (1, 2), "VALID", "NONE", 4.0),
        (9, 7, 1, (2, 1), "VALID", "RELU_N1_TO_1", -4.0),
        (3, 3, 2, (1, 1), "VALID", "NONE", 0.0),
        (1, 2, 2, (1, 1), "SAME", "NONE", 0.0),
        (30, 48, 1, (1, 1), "SAME", "RELU", 0.0),  # several bands of rows
        (44, 41, 2, (2, 2), "SAME", "NONE", 0.0),
        (5, 256, 1, (1, 1), "SAME", "NONE", 0.0),  # the widest
        (5, 258, 1, (1, 1), "SAME", "NONE", 0.0),  # too wide for the special kernel
    ]
]

# a filter more each, so that blocks of every size are left over; rows of 15 taps are each filled
# up, those of 9 joined
_FILTERS = [
    network((4, 5, depth), {"channels": count, "activation": "RELU6", "spread": count - 4.0})
    for count in range(1, 9)
    for depth in (3, 5)
]
# windows put together as bytes: at all borders, never whole, an odd number
_JOINED = [
    network((12, 8, 3), {"dilation": (3, 1)}),
    network((9, 9, 3), {"dilation": (2, 2)}),
    *(
        network((height, width, depth), {"kernel": kernel, "stride": stride, "padding": padding})
        for height, width, depth, kernel, stride, padding in [
            (9, 11, 3, (3, 3), (2, 2), "SAME"),
            (9, 10, 1, (5, 5), (1, 1), "VALID"),
            (6, 7, 1, (5, 5), (1, 2), "SAME"),
            (5, 5, 5, (5, 5), (1, 1), "VALID"),
            (8, 7, 6, (4, 3), (3, 1), "SAME"),
            (2, 2, 3, (3, 3), (1, 1), "SAME"),
            (3, 9, 2, (2, 1), (1, 1), "VALID"),
        ]
    ),
]
_ROWS = [
    network((3, 3, 7), {"kernel": (1, 1), "channels": count, "per_channel": bool(count % 2)})
    for count in (1, 3, 4, 6, 11)
]

# windows of more taps than the buffer holds for two pixels, and for one
LARGE = [
    network((5, 5, 80), {"channels": 5}),
    network((4, 4, 150), {"channels": 7, "sparsity": 0.3}),
    network((1, 1, 1300), {"kind": "fc", "channels": 6}),
    network((1, 1, 2600), {"kind": "fc", "channels": 3, "per_channel": False}),
    network((1, 1, 2600), {"kind": "fc", "channels": 8, "per_channel": False}),
    network((1, 1, 1303), {"kind": "fc", "channels": 7, "activation": "RELU6"}),
    network((2, 2, 1284), {"kernel": (1, 1), "channels": 9}),
    network((1, 1, 1029), {"kind": "fc", "channels": 13, "spread": 4.0}),
]

# pools that follow a convolution at once: of 1 to 4 pixels, which are fused, and of 9; the last row
# or column of the convolution left out or not
_POOLED = [
    network(
        (height, width, depth),
        {"channels": filters, "padding": padding, "activation": "RELU", "spread": spread},
        {"kind": "max_pool", "kernel": pool, "stride": pool, "padding": "VALID"}
        | {"activation": activation},
    )
    for height, width, depth, filters, padding, pool, spread, activation in [
        (8, 8, 1, 8, "VALID", (2, 2), 0.0, "NONE"),
        (7, 9, 1, 3, "SAME", (2, 2), 2.0, "RELU6"),
        (7, 8, 2, 5, "SAME", (1, 3), 0.0, "NONE"),
        (8, 5, 3, 6, "VALID", (2, 1), 1.0, "RELU_N1_TO_1"),
        (9, 9, 1, 9, "SAME", (3, 3), 0.0, "NONE"),
        (6, 6, 1, 4, "SAME", (1, 1), -3.0, "NONE"),
        (8, 8, 3, 8, "SAME", (2, 2), 1.0, "NONE"),
        (7, 9, 3, 7, "VALID", (1, 3), 0.0, "RELU6"),
    ]
]

DENSE_NETWORKS = [*_POOLED, *_DEPTHWISE, *_FILTERS, *_JOINED, *_ROWS, *LARGE]
