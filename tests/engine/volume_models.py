"""Random convolutions of volumes, for `op_models`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import tflite

if TYPE_CHECKING:
    from tests.engine.one_operator import OpModel


def conv_3d(m: OpModel) -> None:
    sizes = [int(n) for n in m.rng.integers(2, 7, 3)]
    kernel, strides = ([int(n) for n in m.rng.integers(1, 4, 3)] for _ in range(2))
    inputs, outputs = (int(n) for n in m.rng.integers(1, 6, 2))
    same = bool(m.rng.integers(2))
    if not same:
        kernel = [min(k, n) for k, n in zip(kernel, sizes, strict=True)]
    reach = sizes if same else [n - k + 1 for n, k in zip(sizes, kernel, strict=True)]
    out = [-(-n // s) for n, s in zip(reach, strides, strict=True)]
    filters = (*kernel, inputs, outputs)
    start, weights = m.tensor((1, *sizes, inputs)), m.tensor(filters, data=m.values(filters))
    operands = [start, weights]
    if m.rng.random() < 0.7:
        operands.append(m.tensor((outputs,), data=m.values((outputs,))))
    end = m.tensor((1, *out, outputs))
    options = dict(zip(("StrideD", "StrideH", "StrideW"), strides, strict=True))
    options |= {f"Dilation{axis}Factor": 1 for axis in "DHW"}
    options["Padding"] = tflite.Padding.SAME if same else tflite.Padding.VALID
    options["FusedActivationFunction"] = m.activation()
    m.builder.operator("CONV_3D", operands, [end], **options)
    m.finish(start, end)
