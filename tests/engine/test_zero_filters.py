"""Filters without weights, with the scales and biases that converters write for them."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.codegen import compile_model
from harness.codegen.constants import LayerConstants
from harness.codegen.cores import GENERIC
from harness.errors import ModelError
from tests.engine.agreement import check_agreement, random_inputs
from tests.engine.zero_filters import CASES, INT32, KINDS, zero_filter_layer


@pytest.mark.parametrize("core", [GENERIC, "cortex-m3", "cortex-m55"])
def test_filters_without_weights_agree(
    core: str, engine_objects: list[Path], tmp_path: Path
) -> None:
    models = []
    for kind in KINDS:
        for label, (weight, scale, bias) in CASES.items():
            data = zero_filter_layer(kind, weight, scale, bias)
            models.append((f"{kind}: {label}", data, random_inputs(data, 4, seed=5)))
    check_agreement(models, engine_objects, tmp_path, core)


@pytest.mark.parametrize("kind", ["CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"])
def test_int16_filters_without_weights_agree(
    kind: str, engine_objects: list[Path], tmp_path: Path
) -> None:
    data = zero_filter_layer(kind, 0, 0.0, 1 << 46, "int16")
    check_agreement([(kind, data, random_inputs(data, 4, seed=5))], engine_objects, tmp_path)
    greatest = zero_filter_layer(kind, 0, 0.0, (1 << 63) - 1, "int16")
    constants = compile_model(greatest, "m").calls[0].constants
    assert isinstance(constants, LayerConstants)
    assert constants.bias.tolist() == [100, 0, 50, 7]


@pytest.mark.parametrize(
    ("weight", "scale", "bias", "message"),
    [
        (1, 0.01, INT32.max, "an accumulator could exceed 32 bits"),
        (1, 0.0, 0, "weights with a scale that is not positive"),
        (0, -0.01, 0, "weights with a scale that is not positive"),
    ],
)
def test_filters_with_weights_still_need_a_scale_and_room(
    weight: int, scale: float, bias: int, message: str
) -> None:
    with pytest.raises(ModelError, match=message):
        compile_model(zero_filter_layer("CONV_2D", weight, scale, bias), "m")
