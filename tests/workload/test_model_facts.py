"""What all engines share of a model file, and a workload that codegen refuses."""

from __future__ import annotations

import zlib

import numpy as np
import pytest

from harness.codegen import compile_model, read_model
from harness.errors import ModelError
from harness.run.artifact import describe
from harness.workload.model_facts import facts_of, model_facts
from harness.workload.workload import Workload
from tests.engine.tflite_builder import TfliteBuilder
from tests.tflm.dense_model import dense


def test_facts_are_those_of_the_compiled_model() -> None:
    tflite = dense()
    facts = model_facts(tflite, read_model(tflite), "a model")
    compiled = facts_of(compile_model(tflite, "a model"))
    assert (facts.name, facts.crc32) == ("a_model", zlib.crc32(tflite))
    assert (compiled.name, compiled.crc32) == (facts.name, facts.crc32)
    for mine, theirs in ((facts.input, compiled.input), (facts.output, compiled.output)):
        assert (mine.dtype, mine.shape, mine.scale, mine.bytes) == (
            theirs.dtype, theirs.shape, theirs.scale, theirs.bytes,
        )  # fmt: skip


def test_a_model_that_codegen_refuses_is_a_workload_with_its_reason() -> None:
    tflite = dense(weight_zero_point=3)
    with pytest.raises(ModelError) as refused:
        compile_model(tflite, "dense")
    found = Workload(
        "dense",
        "int8",
        tflite,
        refused.value,
        np.zeros((2, 12), np.int8),
        np.zeros((2, 5), np.int8),
    )
    assert found.code is None
    with pytest.raises(ModelError, match="weights with a zero point other than 0"):
        found.compiled  # noqa: B018
    assert found.for_core("cortex-m4f") is found
    assert (found.facts.name, found.facts.input.shape) == ("dense_int8", (1, 12))
    training = dict.fromkeys(("sparsity_target", "keras_score", "keras_predictions"))
    record = describe(
        found, method="file", sparsity=0.0, parameters=65, nonzero_parameters=65, **training
    )
    assert (record.macs, record.nonzero_macs, record.output.shape) == (None, None, (1, 5))


def test_an_interface_that_the_harness_cannot_serve_refuses_every_engine() -> None:
    model = TfliteBuilder()
    x, y = model.tensor("float32", (1, 4)), model.tensor("int64", (1, 4))
    model.inputs, model.outputs = [x], [y]
    model.operator("CAST", [x], [y])
    tflite = model.build()
    with pytest.raises(
        ModelError, match=r"m: the harness cannot feed .* answers: tensor 1 .*int64"
    ):
        model_facts(tflite, read_model(tflite), "m")
