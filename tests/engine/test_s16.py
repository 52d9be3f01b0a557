"""int16 networks against the reference kernels, bit for bit."""

from __future__ import annotations

from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.engine.agreement import check_agreement, random_inputs
from tests.engine.s16_models import KINDS, s16_model
from tests.engine.tflite_builder import TfliteBuilder


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32 - 1))
def test_every_int16_operator_agrees(
    seed: int, engine_objects: list[Path], tmp_path_factory: pytest.TempPathFactory
) -> None:
    models = []
    for kind in KINDS:
        for number in range(seed, seed + 3):
            data = s16_model(kind, number)
            models.append((f"{kind} {number}", data, random_inputs(data, 3, number)))
    folder = Path(mkdtemp(dir=tmp_path_factory.getbasetemp()))
    check_agreement(models, engine_objects, folder)


def test_sums_beyond_32_bits_of_long_rows(engine_objects: list[Path], tmp_path: Path) -> None:
    """1200 taps, more than an int32_t holds the products of; one row at each end of the range."""
    b = TfliteBuilder()
    depth = 1200
    source = b.tensor("int16", (1, depth), scales=[1e-4])
    data = np.tile([[127], [-127], [1], [-128], [64]], depth)
    weights = b.tensor("int8", (5, depth), scales=[0.01], data=data)
    result = b.tensor("int16", (1, 5), scales=[0.2])
    b.operator("FULLY_CONNECTED", [source, weights], [result])
    b.inputs, b.outputs = [source], [result]
    inputs = np.array([[32767] * depth, [-32768] * depth], dtype=np.int16)
    check_agreement([("long", b.build(), inputs)], engine_objects, tmp_path)


@pytest.mark.parametrize("scale", [1e-7, 1e-5, 1e-4, 3e-4, 1e-2, 1.0])
def test_softmax_of_any_scale(scale: float, engine_objects: list[Path], tmp_path: Path) -> None:
    b = TfliteBuilder()
    source = b.tensor("int16", (1, 3, 40), scales=[scale])
    result = b.tensor("int16", (1, 3, 40), scales=[1 / 32768])
    b.operator("SOFTMAX", [source], [result], Beta=1.0)
    b.inputs, b.outputs = [source], [result]
    data = b.build()
    inputs = random_inputs(data, 20, 3)
    inputs[0] = 5
    inputs[1] = np.arange(-32768, 32767, 547)[:120].reshape(3, 40)
    inputs[2, :, 0] = 32767
    check_agreement([(f"scale {scale}", data, inputs)], engine_objects, tmp_path)


def test_softmax_of_every_difference(engine_objects: list[Path], tmp_path: Path) -> None:
    """Pairs of the greatest value and every other: each entry of both tables is looked up."""
    b = TfliteBuilder()
    shape = (1, 4096, 2)
    source = b.tensor("int16", shape, scales=[10 / 65535])
    result = b.tensor("int16", shape, scales=[1 / 32768])
    b.operator("SOFTMAX", [source], [result], Beta=1.0)
    b.inputs, b.outputs = [source], [result]
    inputs = np.full((16, *shape[1:]), 32767, dtype=np.int16)
    inputs[:, :, 1] = np.arange(-32768, 32768).reshape(16, 4096)
    check_agreement([("pairs", b.build(), inputs)], engine_objects, tmp_path)


def test_filters_pruned_to_nothing_have_a_scale_of_zero(
    engine_objects: list[Path], tmp_path: Path
) -> None:
    b = TfliteBuilder()
    source = b.tensor("int16", (1, 8), scales=[1e-4])
    data = np.array([[3] * 8, [0] * 8, [-7] * 8])
    weights = b.tensor("int8", (3, 8), scales=[0.01, 0.0, 0.02], data=data)
    bias = b.tensor("int64", (3,), scales=[1e-6, 0.0, 2e-6], data=[5, 0, -9])
    result = b.tensor("int16", (1, 3), scales=[2e-4])
    b.operator("FULLY_CONNECTED", [source, weights, bias], [result])
    b.inputs, b.outputs = [source], [result]
    check_agreement([("m", b.build(), random_inputs(b.build(), 5, 1))], engine_objects, tmp_path)
