"""Samples of models with several inputs, and of inputs without a scale."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from harness.codegen import Interface, TensorInfo
from harness.codegen.interface import fits
from harness.errors import DataError, InputError
from harness.workload.fitting import fit_inputs, output_named, saturated
from harness.workload.model_facts import ModelFacts


def tensor(name: str, dtype: str, shape: tuple[int, ...], scale: float | None = None) -> TensorInfo:
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    return TensorInfo(name, dtype, shape, scale, None if scale is None else 128, size, 0)


PIXELS = tensor("serving_default_pixels:0", "uint8", (1, 2), 0.5)
AGE = tensor("age", "int32", (1,))
SIDE = Interface((PIXELS, AGE))
BOTH = ModelFacts("both", 0, SIDE, SIDE)


def test_a_sample_is_the_inputs_one_behind_the_other() -> None:
    found = fit_inputs({"pixels": np.array([[-1.0, 2]]), "age": np.array([7.0])}, BOTH)
    assert fits(found, SIDE.tensors)
    assert found[0].tobytes() == bytes([126, 132, 7, 0, 0, 0])
    assert (fit_inputs(found, BOTH) == found).all()


def test_clamped_values_are_a_share_of_all() -> None:
    samples = {"serving_default_pixels:0": np.array([[-100.0, 2]]), "age": np.array([7])}
    assert saturated(samples, BOTH) == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("samples", "reason"),
    [
        (np.zeros((1, 3)), "one array of samples for a model of 2 inputs"),
        ({"pixels": np.zeros((1, 2))}, "there is no array for the input 'age', only pixels"),
        ({"pixels": np.zeros((2, 2)), "age": np.zeros(1)}, "the inputs have 1 and 2 samples"),
        ({"pixels": np.zeros((1, 2)), "age": np.array([0.5])}, "do not fit an input of int32"),
        ({"pixels": np.zeros((1, 2)), "age": np.array([1e12])}, "do not fit an input of int32"),
    ],
)
def test_samples_that_do_not_fit_are_named(samples: Any, reason: str) -> None:
    with pytest.raises(DataError, match=reason):
        fit_inputs(samples, BOTH)


def test_an_output_has_its_full_or_short_name() -> None:
    assert output_named(SIDE, "pixels") == "serving_default_pixels:0"
    assert output_named(SIDE, "") == output_named(Interface((AGE,)), "age") == ""
    with pytest.raises(InputError, match="no outputs named 'ages'"):
        output_named(SIDE, "ages")
