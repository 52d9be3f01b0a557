"""Random small networks, drawn by hypothesis or by number, written as `.tflite` files."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from tests.engine.network_layers import ACTIVATIONS, PADDINGS, Layer, Network
from tests.engine.network_writer import NetworkWriter

KINDS = [
    "conv",
    "depthwise",
    "max_pool",
    "average_pool",
    "fc",
    "add",
    "residual",
    "block",
    "softmax",
    "requantize",
    "reshape",
]


_pairs = st.tuples(st.integers(1, 4), st.integers(1, 4))
_steps = st.tuples(st.integers(1, 3), st.integers(1, 3))
_dilations = st.one_of(st.just((1, 1)), _steps)
_layers = st.builds(
    Layer,
    kind=st.sampled_from(KINDS),
    kernel=_pairs,
    stride=_steps,
    dilation=_dilations,
    padding=st.sampled_from(sorted(PADDINGS)),
    activation=st.sampled_from(sorted(ACTIVATIONS)),
    channels=st.integers(1, 9),
    per_channel=st.booleans(),
    bias=st.booleans(),
    sparsity=st.sampled_from([0.0, 0.3, 0.8, 0.99]),
    spread=st.floats(-4, 4),
)
networks = st.builds(
    Network,
    quantised=st.sampled_from([True, True, True, False]),
    float_ends=st.booleans(),
    shape=st.tuples(st.integers(1, 9), st.integers(1, 9), st.integers(1, 5)),
    layers=st.lists(_layers, min_size=1, max_size=5).map(tuple),
    seed=st.integers(0, 2**32 - 1),
)


def numbered(seed: int, *, wide: bool = False, float_ends: bool = False) -> Network:
    """The int8 network of that number; a wide one has many channels, as blocks and buffers want."""
    rng = np.random.default_rng(seed)

    def pair(low: int, high: int) -> tuple[int, int]:
        return int(rng.integers(low, high + 1)), int(rng.integers(low, high + 1))

    def layer() -> Layer:
        return Layer(
            kind=str(rng.choice(KINDS)),
            kernel=pair(1, 4),
            stride=pair(1, 3),
            dilation=pair(1, 3) if rng.random() < 0.3 else (1, 1),
            padding=str(rng.choice(sorted(PADDINGS))),
            activation=str(rng.choice(sorted(ACTIVATIONS))),
            channels=int(rng.integers(20, 60) if wide else rng.integers(1, 10)),
            per_channel=bool(rng.random() < 0.5),
            bias=bool(rng.random() < 0.5),
            sparsity=float(rng.choice([0.0, 0.3, 0.8, 0.99])),
            spread=float(rng.uniform(-4, 4)),
        )

    return Network(
        quantised=True,
        float_ends=float_ends,
        shape=(*pair(1, 9), int(rng.integers(20, 70) if wide else rng.integers(1, 6))),
        layers=tuple(layer() for _ in range(int(rng.integers(1, 5)))),
        seed=seed,
    )


def build(network: Network) -> bytes:
    """The network as a `.tflite` file; layers that do not fit their input shrink until they do."""
    return NetworkWriter(network).write()
