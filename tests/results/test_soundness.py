from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from harness.results.data import CellData
from harness.results.soundness import parity_trouble, saturation, time_trouble, trouble
from tests.report.runs import CLASSES, Model, make_data, one_hot

SAID = np.arange(40) % CLASSES


def cell(dtype: str = "int8", **more: Any) -> CellData:
    return make_data(SAID, [Model("neuron", SAID, dtype=dtype, **more)]).cells[0]


def moved(dtype: str, by: float) -> np.ndarray:
    outputs = one_hot(SAID, dtype)
    outputs[7, 3] += np.asarray(by, outputs.dtype)
    return outputs


def test_a_sound_cell_has_no_trouble() -> None:
    for dtype in ("int8", "float32", "dynamic"):
        assert trouble(cell(dtype)) == ""


@pytest.mark.parametrize(
    ("dtype", "by", "passes"),
    [
        ("int8", 1, False), ("int16x8", 1, False),
        ("float32", 9e-6, True), ("float32", 2e-5, False), ("float32", np.nan, False),
        ("dynamic", 9e-3, True), ("dynamic", 2e-2, False),
    ],
)  # fmt: skip
def test_outputs_beyond_the_stated_parity_are_told(dtype: str, by: float, passes: bool) -> None:
    found = parity_trouble(cell(dtype, outputs=moved(dtype, by)))
    assert (found == "") == passes
    assert passes or found.startswith("outputs differ from TensorFlow Lite's: off by ≤ ")


def test_a_device_that_answers_a_constant_is_told() -> None:
    same = np.full((40, CLASSES), 3, np.int8)
    assert trouble(cell(outputs=same)) == "all 40 outputs are the same"


def test_outputs_that_are_no_numbers_are_told() -> None:
    outputs = moved("float32", np.nan)
    outputs[9, 0] = np.inf
    assert trouble(cell("float32", outputs=outputs)) == "2 of 40 outputs hold NaN or infinity"


def test_outputs_of_another_length_are_told() -> None:
    odd = replace(cell(), outputs=None, said=None, remark="not all 10 bytes long")
    assert trouble(odd) == "not all 10 bytes long"
    assert trouble(replace(odd, remark="")) == "there are no outputs"


def test_times_that_cannot_be_are_told() -> None:
    assert time_trouble(cell(latency=0)) == "the median time is not above 0"
    assert time_trouble(cell(latency=None)) == "the median time is not above 0"
    told = cell(facts={"implausible_time": "faster than its MACs allow"})
    assert trouble(told) == "faster than its MACs allow"


@pytest.mark.parametrize(("share", "warns"), [(None, False), (0.01, False), (0.011, True)])
def test_clamped_inputs_are_warned_of_once_a_model(share: float | None, warns: bool) -> None:
    models = [
        Model("neuron", SAID, target=target, facts={"inputs_saturated": share})
        for target in ("m4", "host")
    ]
    found = saturation([each.record for each in make_data(SAID, models).cells])
    assert len(found) == warns
    assert all(
        line.startswith("warning: 1.1 % of the input values of neuron int8") for line in found
    )
