from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from harness.codegen import compile_model, read_model
from harness.errors import ModelError, ReferenceFailed
from harness.workload import reference
from harness.workload.authority import installed
from harness.workload.reference import (
    Job,
    quantise_input,
    run_jobs,
    run_reference,
    run_reference_tensors,
    saturated_share,
)
from tests.engine import operator_versions
from tests.engine.tflite_builder import TfliteBuilder

DATA = Path(__file__).resolve().parents[1] / "data"
INT8 = (DATA / "digits_int8.tflite").read_bytes()
FLOAT = (DATA / "digits_float32.tflite").read_bytes()


def digits() -> tuple[np.ndarray, np.ndarray]:
    with np.load(DATA / "digits_test.npz") as test:
        return test["x"], test["y"]


def test_int8_and_float_models_recognise_digits() -> None:
    x, y = digits()
    scale, zero = compile_model(INT8, "m").input.scale, compile_model(INT8, "m").input.zero_point
    assert scale is not None
    assert zero is not None
    exact = run_reference(FLOAT, x)
    quantised = run_reference(INT8, quantise_input(x, scale, zero))
    assert exact.shape == quantised.shape == (360, 10)
    assert (exact.dtype, quantised.dtype) == (np.float32, np.int8)
    assert np.mean(exact.argmax(1) == y) > 0.95
    assert np.mean(quantised.argmax(1) == exact.argmax(1)) > 0.98
    np.testing.assert_allclose(exact.sum(1), 1, atol=1e-5)


def test_every_activation_tensor_comes_back() -> None:
    x, _ = digits()
    graph = read_model(FLOAT)
    tensors = run_reference_tensors(FLOAT, x[0])
    assert set(tensors) == set(graph.activations())
    np.testing.assert_array_equal(tensors[graph.inputs[0]][0], x[0])
    conv, pool = graph.operators[0].outputs[0], graph.operators[1].outputs[0]
    blocks = tensors[conv].reshape(3, 2, 3, 2, 8)
    np.testing.assert_array_equal(tensors[pool][0], blocks.max(axis=(1, 3)))
    np.testing.assert_array_equal(tensors[graph.outputs[0]], run_reference(FLOAT, x[:1]))


def test_several_models_share_one_process() -> None:
    x, _ = digits()
    results = run_jobs([Job(FLOAT, x[:2]), Job(FLOAT, x[2:3])])
    np.testing.assert_array_equal(
        np.concatenate([r.outputs for r in results]), run_reference(FLOAT, x[:3])
    )


@pytest.mark.parametrize(
    "inputs",
    [np.zeros((2, 8, 8), np.float32), np.zeros((2, 8, 8, 1)), np.zeros((2, 8, 8, 1), np.int8)],
)
def test_inputs_that_do_not_fit_are_refused(inputs: np.ndarray) -> None:
    with pytest.raises(ModelError, match="do not fit"):
        run_reference(FLOAT, inputs)


def test_what_the_interpreter_refuses_is_a_model_error_with_its_reason() -> None:
    b = TfliteBuilder()
    source, result = b.tensor("float32", (1, 3, 3, 1)), b.tensor("float32", (1, 3, 3, 1))
    weights = b.tensor("float32", (1, 1, 1, 1), data=np.ones(1))
    b.operator("CONV_2D", [source, weights], [result], StrideH=1, StrideW=1)
    b.inputs, b.outputs = [source], [result]
    litert = next(each for each in installed() if each.runtime == "litert")
    with pytest.raises(ReferenceFailed, match="has_bias was not true"):
        run_reference(b.build(), np.zeros((1, 3, 3, 1), np.float32), litert)


def test_time_limit_is_a_model_error() -> None:
    with pytest.raises(ReferenceFailed, match=r"longer than 0\.001 s"):
        run_reference(FLOAT, digits()[0], timeout_s=0.001)


def test_a_crash_is_a_model_error_that_names_the_signal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crashing = tmp_path / "oracle.py"
    crashing.write_text("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n")
    monkeypatch.setattr(reference, "_ORACLE", crashing)
    with pytest.raises(ReferenceFailed, match="crashed with SIGSEGV"):
        run_reference(FLOAT, digits()[0])


def test_quantised_inputs_round_half_away_and_clamp() -> None:
    x = np.array([0.5, -0.5, 1.5, 2.5, 0.49999997, 1e9, -1e9, np.inf, -np.inf], np.float32)
    assert quantise_input(x, 1.0, 0).tolist() == [1, -1, 2, 3, 0, 127, -128, 127, -128]
    assert quantise_input(np.array([np.nan], np.float32), 1.0, 5).tolist() == [-128]


@given(
    x=hnp.arrays(np.float32, (1, 64), elements=st.floats(-300, 300, width=32)),
    scale=st.floats(2.0**-10, 2, width=32),
    zero=st.integers(-128, 127),
)
def test_quantised_values_are_the_nearest(x: np.ndarray, scale: float, zero: int) -> None:
    q = quantise_input(x, scale, zero)
    exact = np.clip(x.astype(np.float64) / scale + zero, -128, 127)
    assert q.dtype == np.int8
    assert np.abs(q - exact).max() <= 0.5 + 1e-4


def test_quantised_inputs_equal_tflites_own_quantize() -> None:
    rng = np.random.default_rng(3)
    for scale, zero in [(1 / 255, -128), (0.1, 0), (0.037, 17), (0.5, -3)]:
        b = TfliteBuilder()
        source = b.tensor("float32", (1, 4096))
        result = b.tensor("int8", (1, 4096), scales=[scale], zero_points=[zero])
        b.operator("QUANTIZE", [source], [result])
        b.inputs, b.outputs = [source], [result]
        rounded = np.float32(scale)
        halves = (rng.integers(-300, 300, (1, 2048)) + 0.5).astype(np.float32) * rounded
        x = np.concatenate([halves, rng.normal(0, 60 * scale, (1, 2048))], 1).astype(np.float32)
        want = run_reference(b.build(), x)
        np.testing.assert_array_equal(quantise_input(x, float(rounded), zero), want)


def test_operators_that_only_the_optimised_kernels_know_run_with_those(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(
        operator_versions._OPERATORS, "FULLY_CONNECTED", ("FullyConnectedOptions", 12)
    )
    b = TfliteBuilder()
    source, result = b.tensor("float32", (1, 2)), b.tensor("float32", (1, 2))
    weights = b.tensor("int8", (2, 2), scales=[0.5, 2.0], data=[[2, 0], [0, 1]])
    b.operator("FULLY_CONNECTED", [source, weights], [result])
    b.inputs, b.outputs = [source], [result]
    (found,) = run_jobs([Job(b.build(), np.array([[3.0, -6.0]], np.float32))])
    # 3 becomes 64 of 127 steps of 6 / 127
    np.testing.assert_allclose(found.outputs, [[64 * 6 / 127, -12.0]], rtol=1e-6)


def test_values_outside_of_the_input_are_counted() -> None:
    pixels = np.arange(256, dtype=np.float32)
    assert saturated_share(pixels / 255, 1 / 255, -128) == 0
    assert saturated_share(pixels, 1 / 255, -128) == 254 / 256  # all but 0 and 1
    assert saturated_share(np.array([-1.0, 0.0, np.inf, np.nan]), 1 / 255, -128) == 3 / 4
    assert saturated_share(np.array([1.0]), 1 / 32767, 0, "int16") == 0
    assert saturated_share(np.array([2.0]), 1 / 32767, 0, "int16") == 1
