"""Models of operators that move, pick and repeat elements, with random parameters."""

from __future__ import annotations

import numpy as np

from tests.engine.one_operator import OpModel


def gather(m: OpModel) -> None:
    shape, q = m.shape(2), m.quantisation()
    axis = int(m.rng.integers(1, len(shape)))
    indexes = m.rng.integers(0, shape[axis], m.rng.integers(1, 5, int(m.rng.integers(1, 3))))
    start = m.tensor(shape, q)
    end = m.tensor((*shape[:axis], *indexes.shape, *shape[axis + 1 :]), q)
    m.builder.operator("GATHER", [start, m.integers(indexes)], [end], Axis=axis)
    m.finish(start, end)


def gather_nd(m: OpModel) -> None:
    shape, q = m.shape(2), m.quantisation()
    rank = int(m.rng.integers(1, len(shape) + 1))
    count = int(m.rng.integers(1, 5))
    indexes = np.stack([m.rng.integers(0, n, (1, count)) for n in shape[:rank]], axis=-1)
    start, end = m.tensor(shape, q), m.tensor((1, count, *shape[rank:]), q)
    m.builder.operator("GATHER_ND", [start, m.integers(indexes)], [end])
    m.finish(start, end)


def blocks(m: OpModel) -> None:
    height, width, depth, block = (int(n) for n in m.rng.integers(1, 4, 4))
    q = m.quantisation()
    small = (1, height, width, depth * block * block)
    large = (1, height * block, width * block, depth)
    deep = m.kind == "DEPTH_TO_SPACE"
    start, end = m.tensor(small if deep else large, q), m.tensor(large if deep else small, q)
    m.builder.operator(m.kind, [start], [end], BlockSize=block)
    m.finish(start, end)


def tile(m: OpModel) -> None:
    shape, q = m.shape(2, 3), m.quantisation()
    times = [1, *(int(n) for n in m.rng.integers(1, 4, len(shape) - 1))]
    start = m.tensor(shape, q)
    end = m.tensor(tuple(n * t for n, t in zip(shape, times, strict=True)), q)
    m.builder.operator("TILE", [start, m.integers(times)], [end])
    m.finish(start, end)


def broadcast_to(m: OpModel) -> None:
    shape, q = m.shape(2), m.quantisation()
    wide = tuple(int(m.rng.integers(2, 5)) if n == 1 and a else n for a, n in enumerate(shape))
    start, end = m.tensor(shape, q), m.tensor(wide, q)
    m.builder.operator("BROADCAST_TO", [start, m.integers(wide)], [end])
    m.finish(start, end)


def mirror_pad(m: OpModel) -> None:
    shape, q = m.shape(2), m.quantisation()
    symmetric = bool(m.rng.integers(2))
    most = [0, *(min(2, n - 1 + symmetric) for n in shape[1:])]
    margins = [[int(n) for n in m.rng.integers(0, high + 1, 2)] for high in most]
    out = tuple(n + sum(pair) for n, pair in zip(shape, margins, strict=True))
    start, end = m.tensor(shape, q), m.tensor(out, q)
    m.builder.operator("MIRROR_PAD", [start, m.integers(margins)], [end], Mode=int(symmetric))
    m.finish(start, end)


def lookup(m: OpModel) -> None:
    """A slice of a table, or of the input, at the place of the greatest element."""
    count, depth = (int(n) for n in m.rng.integers(2, 6, 2))
    q = m.quantisation()
    start = m.tensor((1, count), q)
    place = m.builder.tensor("int32", (1,))
    m.builder.operator("ARG_MAX", [start, m.integers(1)], [place], OutputType=2)
    if m.kind == "GATHER_COMPUTED" and m.rng.random() < 0.5:
        end = m.tensor((1, 1), q)
        m.builder.operator("GATHER", [start, place], [end], Axis=1)
        m.finish(start, end)
        return
    table, end = m.tensor((count, depth), q, m.values((count, depth))), m.tensor((1, depth), q)
    kind, operands = "GATHER", [table, place]
    if m.kind == "EMBEDDING_LOOKUP":
        kind, operands = m.kind, operands[::-1]
    m.builder.operator(kind, operands, [end])
    m.finish(start, end)


BUILDERS = {
    "GATHER": gather,
    **dict.fromkeys(("GATHER_COMPUTED", "EMBEDDING_LOOKUP"), lookup),
    "GATHER_ND": gather_nd,
    **dict.fromkeys(("DEPTH_TO_SPACE", "SPACE_TO_DEPTH"), blocks),
    "TILE": tile,
    "BROADCAST_TO": broadcast_to,
    "MIRROR_PAD": mirror_pad,
}
# Operators of int16 that have no models in s16_models
INT16 = (
    *("CONCATENATION", "EXPAND_DIMS", "GATHER", "GATHER_ND", "LEAKY_RELU", "MIRROR_PAD", "PACK"),
    *("PAD", "PADV2", "REVERSE_V2", "SLICE", "SPLIT", "SPLIT_V", "STRIDED_SLICE", "TRANSPOSE"),
    *("UNPACK", "BROADCAST_TO", "ADD", "SUB", "MUL"),
)
