"""Models of one operator with random parameters, drawn from a seed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tests.engine import function_models, operand_models, pass_models, rearranging_models
from tests.engine.one_operator import OpModel
from tests.engine.state_models import l2_norm, lstm, svdf
from tests.engine.stream_models import stream
from tests.engine.volume_models import conv_3d


def _unary(m: OpModel) -> None:
    shape = m.shape()
    start = m.tensor(shape)
    q = m.quantisation()
    if m.dtype == "int8":
        fixed = {"LOGISTIC": (1 / 256, -128), "TANH": (1 / 128, 0)}
        if m.kind in fixed:
            q = {"scales": [fixed[m.kind][0]], "zero_points": [fixed[m.kind][1]]}
        elif m.kind == "HARD_SWISH":
            # the output's scale must not be far below the input's
            scale = float(m.builder.tensors[start].scales[0])
            q["scales"] = [float(np.float32(scale * m.rng.uniform(0.3, 1.5)))]
    end = m.tensor(shape, q)
    options = {"Alpha": float(m.rng.uniform(0, 0.5))} if m.kind == "LEAKY_RELU" else {}
    m.builder.operator(m.kind, [start], [end], **options)
    m.finish(start, end)


def _binary(m: OpModel) -> None:
    shape = m.shape(2)
    same = m.quantisation()
    extreme = m.kind in ("MAXIMUM", "MINIMUM")
    start = m.tensor(shape, same if extreme else None)
    q = same if extreme else m.quantisation()
    first, second = start, -1
    if m.rng.random() < 0.7:
        # a scalar, per channel, or of any dimensions broadcast
        other = tuple(n if m.rng.random() < 0.5 else 1 for n in shape)
        other = ((), shape[-1:], other)[int(m.rng.integers(3))]
        second = m.tensor(other, q, m.values(other))
    else:
        second = m.copy(start, shape, q)
        if len(shape) == 4 and m.dtype != "int16" and m.rng.random() < 0.6:
            axes = [int(a) for a in m.rng.choice([1, 2, 3], int(m.rng.integers(1, 3)), False)]
            reduced = tuple(1 if a in axes else n for a, n in enumerate(shape))
            less = m.tensor(reduced, q)
            m.builder.operator("REDUCE_MAX", [second, m.integers(axes)], [less], KeepDims=True)
            second = less
    if m.rng.random() < 0.5:
        first, second = second, first
    out_q = same
    if not extreme and m.dtype != "float32":
        scales = [float(m.builder.tensors[t].scales[0]) for t in (first, second)]
        finer = 256 if m.dtype == "int16" else 1
        middle = scales[0] * scales[1] * 128 * finer if m.kind == "MUL" else 2 * max(scales)
        out_q = m.quantisation(middle * finer)
    end = m.tensor(shape, out_q)
    options = {} if extreme else {"FusedActivationFunction": m.activation()}
    m.builder.operator(m.kind, [first, second], [end], **options)
    m.finish(start, end)


def _transpose(m: OpModel) -> None:
    shape, q = m.shape(1, 5), m.quantisation()
    order = [0, *(1 + m.rng.permutation(len(shape) - 1))]
    start, end = m.tensor(shape, q), m.tensor(tuple(shape[a] for a in order), q)
    m.builder.operator("TRANSPOSE", [start, m.integers(order)], [end])
    m.finish(start, end)


def _concatenation(m: OpModel) -> None:
    """The input, an activation of it and the input once more."""
    shape, q = m.shape(2), m.quantisation()
    start = m.tensor(shape, q)
    second = m.copy(start, shape, q)
    axis = int(m.rng.integers(1, len(shape)))
    parts = [start, second, start][: int(m.rng.integers(1, 4))]
    out = tuple(n * len(parts) if a == axis else n for a, n in enumerate(shape))
    end = m.tensor(out, q)
    signed = axis - len(shape) if m.rng.random() < 0.5 else axis
    m.builder.operator("CONCATENATION", parts, [end], Axis=signed)
    m.finish(start, end)


def _pack(m: OpModel) -> None:
    shape, q = m.shape(2, 3), m.quantisation()
    start = m.tensor(shape, q)
    second = m.copy(start, shape, q)
    axis = int(m.rng.integers(1, len(shape) + 1))
    end = m.tensor((*shape[:axis], 2, *shape[axis:]), q)
    m.builder.operator("PACK", [start, second], [end], Axis=axis, ValuesCount=2)
    m.finish(start, end)


def _split(m: OpModel) -> None:
    """All parts, joined again in reverse."""
    shape, q = list(m.shape(2)), m.quantisation()
    axis, parts = int(m.rng.integers(1, len(shape))), int(m.rng.integers(1, 4))
    lengths = [int(n) for n in m.rng.integers(1, 4, parts)]
    if m.kind == "SPLIT":
        lengths = [lengths[0]] * parts
    if m.kind == "UNPACK":
        lengths = [1] * parts
    shape[axis] = sum(lengths)
    start = m.tensor(tuple(shape), q)
    stacked = m.kind == "UNPACK"
    pieces = []
    for length in lengths:
        piece = (*shape[:axis], *(() if stacked else (length,)), *shape[axis + 1 :])
        pieces.append(m.tensor(piece, q))
    inputs = {
        "SPLIT": lambda: [m.integers(axis), start],
        "SPLIT_V": lambda: [start, m.integers(lengths), m.integers(axis)],
        "UNPACK": lambda: [start],
    }[m.kind]()
    options = {"Num": parts, "Axis": axis} if stacked else {"NumSplits": parts}
    m.builder.operator(m.kind, inputs, pieces, **options)
    end = m.tensor(tuple(shape), q)
    if stacked:
        m.builder.operator("PACK", pieces[::-1], [end], Axis=axis, ValuesCount=parts)
    else:
        m.builder.operator("CONCATENATION", pieces[::-1], [end], Axis=axis)
    m.finish(start, end)


def _strided_slice(m: OpModel) -> None:
    shape, q = m.shape(2), m.quantisation()
    index = [slice(0, 1, 1)]
    shrink = 0
    for axis, n in enumerate(shape[1:], start=1):
        step = int(m.rng.choice([-2, -1, 1, 2, 3]))
        first, last = sorted(int(i) for i in m.rng.integers(0, n + 1, 2))
        first, last = (first, first + 1) if first == last < n else (first, last)
        first, last = (first, last) if first < n else (n - 1, n)
        if step < 0:
            # an end below the first element is written as -n - 1
            first, last = last - 1, first - 1 if first > 0 else -n - 1
        if m.rng.random() < 0.2 and axis > 1:
            shrink |= 1 << axis
            first, last, step = (first, first + 1, 1)
        index.append(slice(first, last, step))
    out = tuple(
        len(range(n)[s]) for a, (n, s) in enumerate(zip(shape, index, strict=True))
        if not shrink >> a & 1
    )  # fmt: skip
    start, end = m.tensor(shape, q), m.tensor(out, q)
    bounds = [m.integers([getattr(s, name) for s in index]) for name in ("start", "stop", "step")]
    m.builder.operator(m.kind, [start, *bounds], [end], ShrinkAxisMask=shrink)
    m.finish(start, end)


def _slice(m: OpModel) -> None:
    shape, q = m.shape(2), m.quantisation()
    begin = [int(m.rng.integers(0, n)) for n in shape]
    size = [int(m.rng.integers(1, n - b + 1)) for n, b in zip(shape, begin, strict=True)]
    start, end = m.tensor(shape, q), m.tensor(tuple(size), q)
    m.builder.operator(m.kind, [start, m.integers(begin), m.integers(size)], [end])
    m.finish(start, end)


def _pad(m: OpModel) -> None:
    shape, q = m.shape(2), m.quantisation()
    margins = m.rng.integers(0, 3, (len(shape), 2))
    margins[0] = 0
    start = m.tensor(shape, q)
    end = m.tensor(tuple(int(n) for n in np.array(shape) + margins.sum(axis=1)), q)
    value = [m.tensor((1,), q, m.values((1,)))] if m.kind == "PADV2" else []
    m.builder.operator(m.kind, [start, m.integers(margins), *value], [end])
    m.finish(start, end)


def _reverse(m: OpModel) -> None:
    shape, q = m.shape(2), m.quantisation()
    start, end = (m.tensor(shape, q) for _ in range(2))
    m.builder.operator(m.kind, [start, m.integers([m.rng.integers(1, len(shape))])], [end])
    m.finish(start, end)


def _reduce(m: OpModel) -> None:
    shape = m.shape(2)
    rank = len(shape)
    axes = [int(a) for a in m.rng.choice(range(1, rank), int(m.rng.integers(1, rank)), False)]
    keep = bool(m.rng.random() < 0.5)
    out = tuple(1 if a in axes else n for a, n in enumerate(shape) if keep or a not in axes)
    q = m.quantisation()
    start = m.tensor(shape, q)
    end = m.tensor(out, q if m.kind in ("REDUCE_MAX", "REDUCE_MIN") else None)
    signed = [a - rank if m.rng.random() < 0.5 else a for a in axes]
    m.builder.operator(m.kind, [start, m.integers(signed)], [end], KeepDims=keep)
    m.finish(start, end)


def _sum(m: OpModel) -> None:
    """In int8 of values and results that are not negative: the reference takes others for uint8."""
    if m.dtype == "float32":
        _reduce(m)
        return
    rows, columns = (int(n) for n in m.rng.integers(1, 7, 2))
    scale = float(np.float32(m.rng.uniform(0.01, 0.1)))
    q = {"scales": [scale], "zero_points": [0]}
    start, source = m.tensor((1, rows, columns), q), m.tensor((1, rows, columns), q)
    m.builder.operator("RELU", [start], [source])
    out_scale = float(np.float32(scale * rows * 1.3 * m.rng.uniform(1, 3)))
    end = m.tensor((1, columns), {"scales": [out_scale], "zero_points": [int(m.rng.integers(25))]})
    m.builder.operator("SUM", [source, m.integers([1])], [end], KeepDims=False)
    m.finish(start, end)


def _resize(m: OpModel) -> None:
    height, width, channels = (int(n) for n in m.rng.integers(1, 6, 3))
    out = [int(n) for n in m.rng.integers(1, 9, 2)]
    q = m.quantisation()
    start, end = m.tensor((1, height, width, channels), q), m.tensor((1, *out, channels), q)
    aligned = bool(m.rng.integers(2))
    options = {"AlignCorners": aligned, "HalfPixelCenters": bool(m.rng.integers(2)) and not aligned}
    m.builder.operator(m.kind, [start, m.integers(out)], [end], **options)
    m.finish(start, end)


def _transpose_conv(m: OpModel) -> None:
    height, width, depth, channels, kh, kw = (int(n) for n in m.rng.integers(1, 5, 6))
    strides = [int(n) for n in m.rng.integers(1, 4, 2)]
    same = bool(m.rng.integers(2))
    out = [
        n * s if same else n * s + max(k - s, 0)
        for n, s, k in zip((height, width), strides, (kh, kw), strict=True)
    ]
    start = m.tensor((1, height, width, depth))
    shape = (channels, kh, kw, depth)
    if m.dtype == "int8":
        scales = [float(s) for s in m.rng.uniform(0.005, 0.05, int(m.rng.choice([1, channels])))]
        data = m.rng.integers(-127, 128, shape)
        weights = m.builder.tensor("int8", shape, scales=scales, data=data)
    else:
        weights = m.tensor(shape, data=m.values(shape))
    inputs = [m.integers([1, *out, channels]), weights, start]
    if m.rng.random() < 0.7:
        dtype = "int32" if m.dtype == "int8" else "float32"
        bias = m.rng.integers(-2000, 2000, channels) if m.dtype == "int8" else m.values((channels,))
        inputs.append(m.builder.tensor(dtype, (channels,), data=bias))
    end = m.tensor((1, *out, channels), m.quantisation(0.2))
    options = {"Padding": 0 if same else 1, "StrideH": strides[0], "StrideW": strides[1]}
    m.builder.operator(m.kind, inputs, [end], **options)
    m.finish(start, end)


def _expand(m: OpModel) -> None:
    shape, q = m.shape(2, 3), m.quantisation()
    start, wide, end = m.tensor(shape, q), m.tensor((*shape, 1), q), m.tensor(shape, q)
    m.builder.operator("EXPAND_DIMS", [start, m.integers([-1])], [wide])
    m.builder.operator("SQUEEZE", [m.copy(wide, (*shape, 1), q)], [end], SqueezeDims=[-1])
    m.finish(start, end)


UNARY = ("LOGISTIC", "TANH", "HARD_SWISH", "LEAKY_RELU", "RELU", "RELU6", "RELU_N1_TO_1")
BUILDERS: dict[str, Callable[[OpModel], None]] = {
    **dict.fromkeys(UNARY, _unary),
    **dict.fromkeys(("ADD", "SUB", "MUL", "MAXIMUM", "MINIMUM"), _binary),
    "TRANSPOSE": _transpose,
    "CONCATENATION": _concatenation,
    "PACK": _pack,
    **dict.fromkeys(("SPLIT", "SPLIT_V", "UNPACK"), _split),
    "STRIDED_SLICE": _strided_slice,
    "SLICE": _slice,
    **dict.fromkeys(("PAD", "PADV2"), _pad),
    **dict.fromkeys(("MEAN", "REDUCE_MAX", "REDUCE_MIN"), _reduce),
    "SUM": _sum,
    "REVERSE_V2": _reverse,
    "EXPAND_DIMS": _expand,
    **dict.fromkeys(("RESIZE_NEAREST_NEIGHBOR", "RESIZE_BILINEAR"), _resize),
    "TRANSPOSE_CONV": _transpose_conv,
    "CONV_3D": conv_3d,
    "SVDF": svdf,
    "READ_VARIABLE": stream,
    **dict.fromkeys(("LSTM", "UNIDIRECTIONAL_SEQUENCE_LSTM"), lstm),
    "L2_NORMALIZATION": l2_norm,
    **function_models.BUILDERS,
    **rearranging_models.BUILDERS,
    **operand_models.BUILDERS,
    **pass_models.BUILDERS,
}
CASES = [
    (kind, dtype)
    for kind in BUILDERS
    for dtype in ("int8", "float32")
    if dtype == "float32" or kind not in (*operand_models.FLOAT_ONLY, "REDUCE_PROD", "CONV_3D")
]
CASES += [(kind, "int16") for kind in (*rearranging_models.INT16, "READ_VARIABLE", "MEAN")]


def op_model(kind: str, dtype: str, seed: int) -> bytes:
    """A model around one operator of that kind and type."""
    model = OpModel(kind, dtype, seed)
    BUILDERS[kind](model)
    return model.builder.build()
