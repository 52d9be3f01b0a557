from typing import Any

import numpy as np
import pytest

from harness.codegen import read_model
from harness.errors import TrainingError
from harness.training.convert import convert
from tests.variants.small_nets import cnn

SAMPLES = np.random.default_rng(3).uniform(0, 1, (20, 8, 8, 1)).astype(np.float32)


@pytest.fixture(scope="module")
def files(keras: Any) -> dict[str, bytes]:
    model = cnn(keras).model
    dtypes = ("float32", "dynamic", "int8", "int8_pertensor", "int16x8")
    return {dtype: convert(model, dtype, SAMPLES) for dtype in dtypes}


@pytest.mark.parametrize(
    ("dtype", "inside", "hidden_weights", "scales"),
    [
        ("float32", "float32", "float32", 0),
        ("int8", "int8", "int8", 12),
        ("int8_pertensor", "int8", "int8", 1),
        ("int16x8", "int16", "int8", 12),
    ],
)
def test_each_dtype_is_what_its_name_says(
    files: dict[str, bytes], dtype: str, inside: str, hidden_weights: str, scales: int
) -> None:
    graph = read_model(files[dtype])
    ends = (graph.tensors[graph.inputs[0]], graph.tensors[graph.outputs[0]])
    assert [tensor.dtype for tensor in ends] == [inside, inside]
    hidden = next(op for op in graph.operators if op.kind == "FULLY_CONNECTED")
    weights = graph.tensors[hidden.inputs[1]]
    assert (weights.shape, weights.dtype) == ((12, 54), hidden_weights)
    assert len(weights.quantisation.scales if weights.quantisation else ()) == scales


def test_dynamic_range_keeps_float_activations_and_small_weights(files: dict[str, bytes]) -> None:
    graph = read_model(files["dynamic"])
    ends = (graph.tensors[graph.inputs[0]], graph.tensors[graph.outputs[0]])
    assert [tensor.dtype for tensor in ends] == ["float32", "float32"]


def test_what_the_converter_says_is_told(keras: Any) -> None:
    layers = keras.layers
    model = keras.Sequential(
        [layers.Input((4,), name="x"), layers.Lambda(lambda x: x, name="f")], name="odd"
    )
    with pytest.raises(TrainingError, match="odd, int8: TensorFlow Lite cannot convert"):
        convert(model, "int8", np.full((1, 3), np.nan, np.float32))
