"""Models of one float32 layer with int8 weights, their parameters drawn from a seed."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.engine.networks import ACTIVATIONS
from tests.engine.tflite_builder import TfliteBuilder

KINDS = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")


def hybrid_model(kind: str, seed: int) -> bytes:
    """The file; input (1, ...) float32."""
    rng = np.random.default_rng([seed, KINDS.index(kind)])
    b = TfliteBuilder()
    activation = {"FusedActivationFunction": ACTIVATIONS[rng.choice(["NONE", "RELU", "RELU6"])]}
    if kind == "FULLY_CONNECTED":
        depth, outputs = int(rng.integers(1, 40)), int(rng.integers(1, 9))
        source, result = b.tensor("float32", (1, depth)), b.tensor("float32", (1, outputs))
        shape: tuple[int, ...] = (outputs, depth)
        options: dict[str, Any] = {"AsymmetricQuantizeInputs": bool(rng.integers(2)), **activation}
        axis, scales = 0, int(rng.choice([1, outputs]))
    else:
        source, result, shape, options = _window(b, kind, rng)
        options |= activation
        axis = 3 if kind == "DEPTHWISE_CONV_2D" else 0
        outputs = shape[axis]
        scales = outputs if axis == 3 else int(rng.choice([1, outputs]))
    drawn = [float(np.float32(s)) for s in rng.uniform(0.001, 0.1, scales)]
    values = rng.integers(-127, 128, shape) * (rng.random(shape) < rng.choice([0.3, 1.0]))
    weights = b.tensor("int8", shape, scales=drawn, axis=axis, data=values)
    inputs = [source, weights]
    if rng.random() < 0.8:
        inputs.append(b.tensor("float32", (outputs,), data=rng.normal(size=outputs)))
    elif kind != "FULLY_CONNECTED":
        inputs.append(b.tensor("float32", (outputs,), data=np.zeros(outputs)))
    b.operator(kind, inputs, [result], **options)
    b.inputs, b.outputs = [source], [result]
    return b.build()


def _window(
    b: TfliteBuilder, kind: str, rng: np.random.Generator
) -> tuple[int, int, tuple[int, ...], dict[str, Any]]:
    depthwise = kind == "DEPTHWISE_CONV_2D"
    h, w, depth, kh, kw = (int(n) for n in rng.integers([3, 3, 1, 1, 1], [8, 8, 6, 4, 4]))
    stride, dilation = int(rng.integers(1, 3)), int(rng.integers(1, 3))
    same = bool(rng.integers(2)) or max((kh - 1), (kw - 1)) * dilation + 1 > min(h, w)
    reach = [(k - 1) * dilation + 1 for k in (kh, kw)]
    sizes = [(n if same else n - r + 1) for n, r in zip((h, w), reach, strict=True)]
    out_h, out_w = (-(-n // stride) for n in sizes)
    channels = depth * int(rng.integers(1, 3)) if depthwise else int(rng.integers(1, 7))
    source = b.tensor("float32", (1, h, w, depth))
    result = b.tensor("float32", (1, out_h, out_w, channels))
    options: dict[str, Any] = {
        "Padding": 0 if same else 1,
        "StrideH": stride, "StrideW": stride,
        "DilationHFactor": dilation, "DilationWFactor": dilation,
    }  # fmt: skip
    if depthwise:
        options["DepthMultiplier"] = channels // depth
    shape = (1, kh, kw, channels) if depthwise else (channels, kh, kw, depth)
    return source, result, shape, options
