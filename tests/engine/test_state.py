"""Recurrent operators: what they keep from run to run, what is refused, how good the gates are."""

from __future__ import annotations

import ctypes
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.codegen import compile_model, read_model, render_image
from harness.errors import ModelError
from harness.workload.reference import run_reference_tensors
from tests.engine.device import ENGINE, WARNINGS, run_tool
from tests.engine.op_models import op_model
from tests.engine.tflite_builder import TfliteBuilder

STREAM = """
#include <stdio.h>
#include "image.h"
static uint8_t arena[IMAGE_ARENA_BYTES] ENGINE_ALIGN(16);
int main(void)
{
    const float inputs[] = {1, 2, 3, 4};
    const engine_model *model = &image_models[0];
    for (int again = 0; again < 2; again++) {
        model->reset(arena);
        for (int i = 0; i < 4; i++) {
            memcpy(arena + model->input_offset, inputs + i, sizeof inputs[0]);
            model->run(arena);
            float output;
            memcpy(&output, arena + model->output_offset, sizeof output);
            printf("%g ", (double)output);
        }
    }
    return 0;
}
"""


def _memory_of_three() -> bytes:
    """Output: the newest input, ten times the one before, a hundred times the one before that."""
    b = TfliteBuilder()
    source, result = b.tensor("float32", (1, 1)), b.tensor("float32", (1, 1))
    feature = b.tensor("float32", (1, 1), data=[1])
    time = b.tensor("float32", (1, 3), data=[100, 10, 1])
    state = b.tensor("float32", (1, 3), variable=True)
    b.operator("SVDF", [source, feature, time, -1, state], [result], Rank=1)
    b.inputs, b.outputs = [source], [result]
    return b.build()


def test_a_state_lasts_from_run_to_run_until_it_is_reset(tmp_path: Path) -> None:
    model = compile_model(_memory_of_three(), "memory")
    for name, text in render_image([model], "0123456789abcdef").items():
        (tmp_path / name).write_text(text)
    (tmp_path / "main.c").write_text(STREAM)
    sources = [tmp_path / "main.c", ENGINE / "recurrent" / "engine_svdf_f32.c"]
    flags = [*WARNINGS, f"-I{tmp_path}", f"-I{ENGINE}"]
    run_tool(["gcc", *flags, *sources, "-o", tmp_path / "stream"])
    done = subprocess.run([tmp_path / "stream"], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1", "12", "123", "234"] * 2


def test_the_reference_starts_every_sample_with_an_empty_state() -> None:
    data = _memory_of_three()
    state = read_model(data).states()[0]
    for value in (5.0, 7.0):
        found = run_reference_tensors(data, np.full((1, 1), value, np.float32))
        assert found[state].tolist() == [[0.0, 0.0, value]]


@given(st.integers(0, 2**32 - 1), st.sampled_from(["int8", "float32"]))
def test_states_share_no_memory(seed: int, dtype: str) -> None:
    model = compile_model(op_model("SVDF", dtype, seed), "svdf")
    states = model.graph.states()
    assert len(states) == 2
    taken: set[int] = set()
    for index in (*states, *model.graph.activations()):
        start = model.tensor_offsets[index]
        place = set(range(start, start + model.graph.tensors[index].bytes))
        assert index not in states or taken.isdisjoint(place)
        taken |= place if index in states else set()
        assert index in states or taken.isdisjoint(place)


def test_models_without_a_state_have_no_reset() -> None:
    model = compile_model(op_model("MEAN", "int8", 1), "mean")
    assert "reset" not in model.header
    assert "model_mean_run, 0}" in render_image([model], "0123456789abcdef")["image.h"]


# Changes of an LSTM's builder, and what is said of it. Inputs: 24, options by accessor.
REFUSED = {
    "peephole connections": {"inputs": {9: 4}},
    "a projection": {"options": {"ProjClip": 1.0}},
    "layer normalisation": {"inputs": {21: 4}},
    "coupled input and forget gates": {"inputs": {1: -1, 5: -1}},
    "diagonal recurrent weights": {"options": {"DiagonalRecurrentTensors": True}},
    "fused activation RELU": {"options": {"FusedActivationFunction": 1}},
    "a clip below 0": {"options": {"CellClip": -1.0}},
    "input 18 is not a variable": {"inputs": {18: 4}},
    "one variable for both states": {"inputs": {18: 3}},
    "weights of shape": {"inputs": {2: 6}},
    "int8 weights with float32 inputs": {"weights": "int8"},
    "more than one sequence": {"options": {"TimeMajor": True}},
}


@pytest.mark.parametrize("reason", REFUSED)
def test_forms_of_an_lstm_without_a_kernel_are_refused(reason: str) -> None:
    with pytest.raises(ModelError, match=reason):
        compile_model(_lstm(**REFUSED[reason]), "lstm")  # type: ignore[arg-type]
    compile_model(_lstm(), "lstm")


def _lstm(
    inputs: dict[int, int] | None = None,
    options: dict[str, Any] | None = None,
    weights: str = "float32",
) -> bytes:
    """Three steps of two inputs, four cells. Tensors: 4 a bias, 5 and 6 matrices."""
    b = TfliteBuilder()
    source, result = b.tensor("float32", (1, 3, 2)), b.tensor("float32", (1, 3, 4))
    states = [b.tensor("float32", (1, 4), variable=True) for _ in range(2)]
    bias = b.tensor("float32", (4,), data=np.zeros(4))
    scales = [0.1] if weights == "int8" else []
    matrix = b.tensor(weights, (4, 2), scales=scales, data=np.ones((4, 2)))
    recurrent = b.tensor("float32", (4, 4), data=np.ones((4, 4)))
    operands = [source, *[matrix] * 4, *[recurrent] * 4, *[-1] * 3, *[bias] * 4, -1, -1]
    operands += [*states, -1, -1, -1, -1]
    for position, tensor in (inputs or {}).items():
        operands[position] = tensor
    known = {"FusedActivationFunction": 4} | (options or {})
    b.operator("UNIDIRECTIONAL_SEQUENCE_LSTM", operands, [result], **known)
    b.inputs, b.outputs = [source], [result]
    return b.build()


def test_a_state_is_no_input_of_other_operators() -> None:
    b = TfliteBuilder()
    source, result = b.tensor("float32", (1, 3)), b.tensor("float32", (1, 3))
    b.operator("ADD", [source, b.tensor("float32", (1, 3), variable=True)], [result])
    b.inputs, b.outputs = [source], [result]
    with pytest.raises(ModelError, match="not an activation"):
        compile_model(b.build(), "sum")


def test_an_input_of_the_model_is_no_state() -> None:
    b = TfliteBuilder()
    source, result = b.tensor("float32", (1, 3), variable=True), b.tensor("float32", (1, 3))
    b.operator("TANH", [source], [result])
    b.inputs, b.outputs = [source], [result]
    with pytest.raises(ModelError, match="a constant or a state"):
        compile_model(b.build(), "tanh")


def test_padding_of_another_quantisation_is_refused() -> None:
    b = TfliteBuilder()
    q = {"scales": [0.1], "zero_points": [3]}
    source, result = b.tensor("int8", (1, 3), **q), b.tensor("int8", (1, 4), **q)
    margins = b.tensor("int32", (2, 2), data=[[0, 0], [0, 1]])
    value = b.tensor("int8", (1,), scales=[0.2], zero_points=[3], data=[5])
    b.operator("PADV2", [source, margins, value], [result])
    b.inputs, b.outputs = [source], [result]
    with pytest.raises(ModelError, match="a change of quantisation"):
        compile_model(b.build(), "pad")


@pytest.fixture(scope="module")
def gates(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    library = tmp_path_factory.mktemp("gates") / "gates.so"
    sources = [ENGINE / "recurrent" / "engine_gates_s16.c"]
    run_tool(["gcc", *WARNINGS, f"-I{ENGINE}", "-shared", "-fPIC", *sources, "-o", library])
    return ctypes.CDLL(str(library))


@pytest.mark.parametrize("integer_bits", range(7))
def test_tanh_is_odd_and_near_the_function(gates: ctypes.CDLL, integer_bits: int) -> None:
    x = np.arange(-(1 << 15), 1 << 15)
    found = np.array([_tanh(gates, int(v), integer_bits) for v in x])
    wanted = np.tanh(x / 2.0 ** (15 - integer_bits)) * (1 << 15)
    assert float(np.abs(found - wanted).max()) <= 13
    assert (found[1:] == -found[:0:-1]).all()


def _tanh(gates: ctypes.CDLL, x: int, integer_bits: int) -> int:
    return ctypes.c_int16(gates.engine_tanh_s16(ctypes.c_int16(x), integer_bits)).value


def test_logistic_is_near_the_function(gates: ctypes.CDLL) -> None:
    x = np.arange(-(1 << 15), 1 << 15)
    call = gates.engine_logistic_s16
    found = np.array([ctypes.c_int16(call(ctypes.c_int16(int(v)))).value for v in x])
    wanted = (1 << 15) / (1 + np.exp(-x / 2.0**12))
    assert float(np.abs(found - wanted).max()) <= 7
