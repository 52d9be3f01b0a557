"""Models that graph passes change, with random parameters: padding, dilation, constants."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.engine.one_operator import OpModel, Shape
from tests.engine.tflite_builder import Sparsity


def weights(m: OpModel, shape: Shape, axis: int) -> tuple[int, int]:
    """Random weights with one scale or one for each channel, and their biases."""
    channels = shape[axis]
    if m.dtype == "float32":
        values = m.builder.tensor("float32", shape, data=m.values(shape))
        return values, m.builder.tensor("float32", (channels,), data=m.values((channels,)))
    scales = [float(s) for s in m.rng.uniform(0.005, 0.05, int(m.rng.choice([1, channels])))]
    data = m.rng.integers(-127, 128, shape)
    kernel = m.builder.tensor("int8", shape, scales=scales, axis=axis, data=data)
    bias = m.rng.integers(-2000, 2000, channels)
    return kernel, m.builder.tensor("int32", (channels,), data=bias)


def convolution(
    m: OpModel, image: int, shape: Shape, kernel: tuple[int, int], *, valid: bool, **options: Any
) -> int:
    """A random CONV_2D or DEPTHWISE_CONV_2D of an image of that shape; returns its output."""
    depthwise = bool(m.rng.integers(2))
    channels = shape[3] * int(m.rng.integers(1, 3)) if depthwise else int(m.rng.integers(1, 6))
    stored = (1, *kernel, channels) if depthwise else (channels, *kernel, shape[3])
    values, bias = weights(m, stored, 3 if depthwise else 0)
    strides = options.get("StrideH", 1), options.get("StrideW", 1)
    factors = options.get("DilationHFactor", 1), options.get("DilationWFactor", 1)
    reach = [(k - 1) * d for k, d in zip(kernel, factors, strict=True)]
    sizes = [
        -(-(n - r if valid else n) // s) for n, r, s in zip(shape[1:3], reach, strides, strict=True)
    ]
    end = m.tensor((shape[0], *sizes, channels), m.quantisation(0.2))
    further: dict[str, Any] = {"StrideH": 1, "StrideW": 1, "Padding": int(valid)} | options
    further["FusedActivationFunction"] = m.activation()
    if depthwise:
        further["DepthMultiplier"] = channels // shape[3]
    kind = "DEPTHWISE_CONV_2D" if depthwise else "CONV_2D"
    m.builder.operator(kind, [image, values, bias], [end], **further)
    return end


def padded(m: OpModel) -> None:
    """PAD before a convolution; margins may be wider than the kernel, and others may read it."""
    q, rng = m.quantisation(), m.rng
    height, width, depth = int(rng.integers(3, 6)), int(rng.integers(3, 6)), int(rng.integers(1, 4))
    start = m.tensor((1, height, width, depth), q)
    (top, bottom, left, right) = (int(n) for n in rng.integers(0, 3, 4))
    shape = (1, height + top + bottom, width + left + right, depth)
    wide = m.tensor(shape, q)
    margins = m.integers([[0, 0], [top, bottom], [left, right], [0, 0]])
    m.builder.operator("PAD", [start, margins], [wide])
    kernel = int(rng.integers(1, 4)), int(rng.integers(1, 4))
    strides = {"StrideH": int(rng.integers(1, 3)), "StrideW": int(rng.integers(1, 3))}
    end = convolution(m, wide, shape, kernel, valid=bool(rng.random() < 0.7), **strides)
    if rng.random() < 0.2:  # the padded image has a reader that needs it
        pooled = m.tensor((1, 1, 1, depth), q)
        size = {"FilterHeight": shape[1], "FilterWidth": shape[2], "StrideH": 1, "StrideW": 1}
        m.builder.operator("MAX_POOL_2D", [wide], [pooled], Padding=1, **size)
    m.finish(start, end)


def dilated(m: OpModel) -> None:
    """A dilated convolution as converters write it, in one or two dimensions."""
    q, rng = m.quantisation(), m.rng
    flat = bool(rng.integers(2))
    height, width, depth = (int(n) for n in rng.integers(7, 12, 3))
    height = 1 if flat else height
    block = [1 if flat else int(rng.integers(1, 4)), int(rng.integers(2, 4))]
    kernel = 1 if flat else int(rng.integers(1, 4)), int(rng.integers(1, 4))
    reach = [(k - 1) * b for k, b in zip(kernel, block, strict=True)]
    pads = [[int(n) for n in rng.integers(0, min(r, 3) + 1, 2)] for r in reach]
    sizes = [height + sum(pads[0]), width + sum(pads[1])]
    crops = [(-n) % b for n, b in zip(sizes, block, strict=True)]
    pads = [[a, b + c] for (a, b), c in zip(pads, crops, strict=True)]
    small = [(n + sum(p)) // b for n, p, b in zip((height, width), pads, block, strict=True)]
    batch = block[0] * block[1]
    axes = slice(1, None) if flat else slice(None)

    def image(sizes: list[int], count: int, channels: int) -> int:
        return m.tensor((count, *sizes[axes], channels), q)

    start = image([height, width], 1, depth)
    dealt = image(small, batch, depth)
    m.builder.operator(
        "SPACE_TO_BATCH_ND", [start, m.integers(block[axes]), m.integers(pads[axes])], [dealt]
    )
    if flat:
        whole = m.tensor((batch, 1, small[1], depth), q)
        m.builder.operator("EXPAND_DIMS", [dealt, m.integers(1)], [whole])
        dealt = whole
    result = convolution(m, dealt, (batch, *small, depth), kernel, valid=True)
    tensor = m.builder.tensors[result]
    out_q = {"scales": tensor.scales, "zero_points": tensor.zero_points} if tensor.scales else {}
    _, rows, columns, channels = tensor.shape
    if flat:
        narrow = m.tensor((batch, columns, channels), out_q)
        m.builder.operator("SQUEEZE", [result], [narrow], SqueezeDims=[1])
        result = narrow
    joined = [rows * block[0], columns * block[1] - crops[1]]
    joined[0] -= crops[0]
    end = m.tensor((1, *joined[axes], channels), out_q)
    cropped = m.integers([[0, c] for c in crops][axes])
    m.builder.operator("BATCH_TO_SPACE_ND", [result, m.integers(block[axes]), cropped], [end])
    m.finish(start, end)


def folded(m: OpModel) -> None:
    """A computed shape, transposed weights and a joined, filled constant around one layer."""
    rng, q = m.rng, m.quantisation()
    rows, depth, units = (int(n) for n in rng.integers(1, 6, 3))
    start = m.tensor((1, rows, depth), q)
    shape, size = m.builder.tensor("int32", (3,)), m.builder.tensor("int32", ())
    m.builder.operator("SHAPE", [start], [shape], OutType=2)
    bounds = [m.integers([n]) for n in (1, 2, 1)]
    m.builder.operator("STRIDED_SLICE", [shape, *bounds], [size], ShrinkAxisMask=1)
    packed = m.builder.tensor("int32", (2,))
    m.builder.operator("PACK", [size, m.integers(depth)], [packed], ValuesCount=2, Axis=0)
    flat = m.tensor((rows, depth), q)
    m.builder.operator("RESHAPE", [start, packed], [flat])
    one_scale = {"scales": [0.02], "zero_points": [0]} if m.dtype == "int8" else {}
    turned = m.tensor((depth, units), one_scale, np.clip(m.values((depth, units)), -127, 127))
    kernel = m.tensor((units, depth), one_scale)
    m.builder.operator("TRANSPOSE", [turned, m.integers([1, 0])], [kernel])
    layer = m.tensor((rows, units), m.quantisation(0.2))
    m.builder.operator("FULLY_CONNECTED", [flat, kernel], [layer])
    filled, added = m.tensor((rows, 1), q), m.tensor((rows, units), q)
    value = m.tensor((), q, m.values(()))
    m.builder.operator("FILL", [m.integers([rows, 1]), value], [filled])
    parts = [filled, *(m.tensor((rows, 1), q, m.values((rows, 1))) for _ in range(units - 1))]
    m.builder.operator("CONCATENATION", parts, [added], Axis=1)
    q = m.quantisation(0.5)
    total, end = m.tensor((rows, units), q), m.tensor((1, rows, units), q)
    m.builder.operator("ADD", [layer, added], [total])
    m.builder.operator("RESHAPE", [total, m.integers([1, rows, units])], [end])
    m.finish(start, end)


def joined_constant(m: OpModel) -> None:
    """A constant beside an activation in CONCATENATION."""
    q = m.quantisation()
    shape = m.shape(2)
    start, constant = m.tensor(shape, q), m.tensor(shape, q, m.values(shape))
    axis = int(m.rng.integers(1, len(shape)))
    out = tuple(n * 2 if a == axis else n for a, n in enumerate(shape))
    end = m.tensor(out, q)
    parts = [start, constant][:: int(m.rng.choice([1, -1]))]
    m.builder.operator("CONCATENATION", parts, [end], Axis=axis)
    m.finish(start, end)


def sparse_rows(matrix: Any, block: int) -> tuple[Any, Sparsity]:
    """A matrix's stored values: in each row the blocks of `block` columns that are not all 0."""
    rows, columns = matrix.shape
    blocks = matrix.reshape(rows, columns // block, block)
    used = blocks.any(axis=2)
    segments = [0, *np.cumsum(used.sum(axis=1)).tolist()]
    listed = np.nonzero(used)[1].tolist()
    order = (0, 1, 2) if block > 1 else (0, 1)
    levels = (rows, (segments, listed), block)[: len(order)]
    return blocks[used].reshape(-1), Sparsity(order, (1,) if block > 1 else (), levels)


def densified(m: OpModel) -> None:
    """A fully connected layer whose weights the file stores sparse."""
    block = int(m.rng.choice([1, 2, 4]))
    units, depth = int(m.rng.integers(1, 7)), block * int(m.rng.integers(1, 5))
    matrix = np.clip(m.values((units, depth)), -127, 127)
    matrix *= np.repeat(m.rng.random((units, depth // block)) < 0.5, block, axis=1)
    matrix[0, 0] = 1
    stored, sparsity = sparse_rows(matrix, block)
    q = {"scales": [0.02]} if m.dtype == "int8" else {}
    start = m.tensor((1, depth))
    compact = m.builder.tensor(m.dtype, (units, depth), data=stored, sparsity=sparsity, **q)
    dense, end = m.tensor((units, depth), q), m.tensor((1, units), m.quantisation(0.2))
    m.builder.operator("DENSIFY", [compact], [dense])
    m.builder.operator("FULLY_CONNECTED", [start, dense], [end])
    m.finish(start, end)


def int4_weights(m: OpModel) -> None:
    """A layer of int4 weights; in float32 they are dequantised (weight-only)."""
    units, depth = (int(n) for n in m.rng.integers(1, 8, 2))
    scales = [float(s) for s in m.rng.uniform(0.05, 0.5, int(m.rng.choice([1, units])))]
    data = m.rng.integers(-7, 8, (units, depth))
    start, end = m.tensor((1, depth)), m.tensor((1, units), m.quantisation(0.2))
    kernel = m.builder.tensor("int4", (units, depth), scales=scales, data=data)
    if m.dtype == "float32":
        plain = m.tensor((units, depth))
        m.builder.operator("DEQUANTIZE", [kernel], [plain])
        kernel = plain
    m.builder.operator("FULLY_CONNECTED", [start, kernel], [end])
    m.finish(start, end)


def grouped(m: OpModel) -> None:
    """CONV_2D whose filters read the channels of their group alone."""
    groups, each, depth = (int(n) for n in m.rng.integers([2, 1, 1], [5, 3, 3]))
    kernel = [int(n) for n in m.rng.integers(1, 4, 2)]
    start = m.tensor((1, 3, 4, groups * depth))
    values, bias = weights(m, (groups * each, *kernel, depth), 0)
    end = m.tensor((1, 3, 4, groups * each), m.quantisation(0.2))
    options = {"StrideH": 1, "StrideW": 1, "DilationHFactor": 1, "DilationWFactor": 1}
    m.builder.operator("CONV_2D", [start, values, bias], [end], Padding=0, **options)
    m.finish(start, end)


def batched(m: OpModel) -> None:
    """Several images at once through a convolution and a pool."""
    q, rng = m.quantisation(), m.rng
    batch, height, width, depth = (int(n) for n in rng.integers(2, 4, 4))
    shape = (batch, height, width, depth)
    start = m.tensor(shape, q)
    if rng.integers(2):
        pooled, shape = (
            m.tensor((batch, height, width - 1, depth), q),
            (batch, height, width - 1, depth),
        )
        size = {"FilterHeight": 1, "FilterWidth": 2, "StrideH": 1, "StrideW": 1}
        kind = str(rng.choice(["MAX_POOL_2D", "AVERAGE_POOL_2D"]))
        m.builder.operator(kind, [start], [pooled], Padding=1, **size)
    else:
        pooled = start
    end = convolution(m, pooled, shape, (int(rng.integers(1, 4)), 1), valid=False)
    m.finish(start, end)


BUILDERS = {
    "BATCHED": batched,
    "GROUPED": grouped,
    "DENSIFIED": densified,
    "INT4_WEIGHTS": int4_weights,
    "PADDED": padded,
    "DILATED": dilated,
    "FOLDED": folded,
    "JOINED_CONSTANT": joined_constant,
}
