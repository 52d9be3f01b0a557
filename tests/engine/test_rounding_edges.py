"""Cases in which one rounding more or less in TFLite's preparation changes a result."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import tflite

from harness.codegen import compile_model
from harness.codegen.fixed_point import (
    doubling_high_mul,
    quantise_multiplier,
    round_half_away,
    rounding_shift,
)
from tests.engine.agreement import check_agreement
from tests.engine.tflite_builder import TfliteBuilder

IN_SCALE = float(np.float32(0.0371))
OUT_SCALE = float(np.float32(90000.0))
RELU6 = tflite.ActivationFunctionType.RELU6


def _scaled(acc: int, factor: float) -> int:
    multiplier, shift = quantise_multiplier(factor)
    return rounding_shift(doubling_high_mul(acc, multiplier), -shift)


def _telling_cases(count: int) -> list[tuple[float, int]]:
    """Weight scales and biases whose result depends on how the scales are multiplied."""
    rng = np.random.default_rng(5)
    cases = []
    while len(cases) < count:
        scale = float(np.float32(rng.uniform(0.05, 0.09)))
        single = float(np.float32(IN_SCALE) * np.float32(scale)) / OUT_SCALE
        double = IN_SCALE * scale / OUT_SCALE
        # the accumulators on both sides of a rounding boundary
        bias = int((int(rng.integers(20, 40)) + 0.5) / double)
        for candidate in range(bias - 60, bias + 60):
            if _scaled(candidate, single) != _scaled(candidate, double):
                cases.append((scale, candidate))
                break
    return cases


def _layer(kind: str, scales: list[float], biases: list[int]) -> bytes:
    """A layer of zero weights, so that each output is its rescaled bias."""
    b = TfliteBuilder()
    count = len(biases)
    conv = kind == "CONV_2D"
    shape, out = ((1, 2, 2, 1), (1, 1, 1, count)) if conv else ((1, 4), (1, count))
    weights_shape = (count, 2, 2, 1) if conv else (count, 4)
    source = b.tensor("int8", shape, scales=[IN_SCALE])
    weights = b.tensor("int8", weights_shape, scales=scales, data=np.zeros(weights_shape))
    bias_scales = [float(np.float32(IN_SCALE) * np.float32(s)) for s in scales]
    bias = b.tensor("int32", (count,), scales=bias_scales, data=np.array(biases))
    result = b.tensor("int8", out, scales=[OUT_SCALE])
    options = {"Padding": 1, "StrideH": 1, "StrideW": 1} if conv else {}
    b.operator(kind, [source, weights, bias], [result], **options)
    b.inputs, b.outputs = [source], [result]
    return b.build()


def test_scales_are_multiplied_as_tflite_does(engine_objects: list[Path], tmp_path: Path) -> None:
    cases = _telling_cases(8)
    models = []
    for scale, bias in cases:
        models.append((f"fc per tensor {scale} {bias}", _layer("FULLY_CONNECTED", [scale], [bias])))
    scales, biases = [s for s, _ in cases], [bias for _, bias in cases]
    models.append(("fc per channel", _layer("FULLY_CONNECTED", scales, biases)))
    models.append(("conv per channel", _layer("CONV_2D", scales, biases)))
    models.append(("conv per tensor", _layer("CONV_2D", scales[:1], biases[:1])))
    shapes = [compile_model(data, label).input.shape for label, data in models]
    check_agreement(
        [
            (label, data, np.zeros(shape, np.int8))
            for (label, data), shape in zip(models, shapes, strict=True)
        ],
        engine_objects,
        tmp_path,
    )


def test_activation_limits_are_divided_as_tflite_does(
    engine_objects: list[Path], tmp_path: Path
) -> None:
    """Scales for which 6 / scale lies at a half: float32 and float64 round it differently."""
    nearest = np.float32(6) / (np.arange(20, 120, dtype=np.float32) + np.float32(0.5))
    around = [np.nextafter(nearest, np.float32(0)), nearest, np.nextafter(nearest, np.float32(1))]
    telling = [
        float(scale)
        for scale in np.concatenate(around)
        if round_half_away(6 / float(scale)) != round_half_away(float(np.float32(6) / scale))
    ]
    assert len(telling) > 3
    inputs = np.arange(-128, 128, dtype=np.int8).reshape(1, 1, 1, 256)
    models = [(f"scale {scale}", _relu6_pool(scale), inputs) for scale in telling[:20]]
    check_agreement(models, engine_objects, tmp_path)


def _relu6_pool(scale: float) -> bytes:
    b = TfliteBuilder()
    source, result = (
        b.tensor("int8", (1, 1, 1, 256), scales=[scale], zero_points=[-7]) for _ in range(2)
    )
    window = {"StrideH": 1, "StrideW": 1, "FilterHeight": 1, "FilterWidth": 1}
    b.operator("MAX_POOL_2D", [source], [result], **window, FusedActivationFunction=RELU6)
    b.inputs, b.outputs = [source], [result]
    return b.build()
