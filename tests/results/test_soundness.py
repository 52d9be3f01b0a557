from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from harness.results.data import CellData
from harness.results.soundness import (
    false_outputs,
    parity_trouble,
    saturation,
    time_trouble,
    told,
    trouble,
    warnings,
)
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


def test_outputs_that_are_not_the_model_s_are_false() -> None:
    held = np.random.default_rng(3).integers(-128, 128, (40, CLASSES)).astype(np.int8)
    near = np.clip(held.astype(int) + 20, -128, 127).astype(np.int8)
    assert false_outputs(held, held) == false_outputs(near, held) == ""
    shifted = false_outputs(np.roll(held, 9, axis=0), held)
    assert shifted.startswith("the outputs differ from TensorFlow Lite's 104 % as much as those to")
    assert "% as much as" in false_outputs(held[:, ::-1], held)
    constant = np.full_like(held, 3)
    told = "all 40 outputs are the same; of TensorFlow Lite's: nothing of the kind"
    assert false_outputs(constant, held) == told
    assert false_outputs(constant, constant) == ""
    assert false_outputs(held[:7], held[1:8]) == ""  # too few to tell


def test_numbers_that_are_none_are_false_unless_the_reference_has_them_too() -> None:
    held = one_hot(SAID, "float32")
    outputs = moved("float32", np.nan)
    assert false_outputs(outputs, held) == (
        "1 of 40 outputs hold NaN or infinity; of TensorFlow Lite's: nothing of the kind"
    )
    assert false_outputs(outputs, outputs) == ""
    constant = np.zeros_like(held)
    assert false_outputs(outputs, constant).endswith(
        "of TensorFlow Lite's: all 40 outputs are the same"
    )


def test_rounding_of_a_nearly_constant_model_is_not_false() -> None:
    held = np.zeros((40, CLASSES), np.int8)
    held[0, 0] = 1
    other = held.copy()
    other[1::2] = 1
    assert false_outputs(other, held) == ""


def test_what_a_reader_should_know_stands_beside_the_figures() -> None:
    same = np.full((40, CLASSES), 3, np.int8)
    assert warnings(cell()) == []
    assert warnings(cell(outputs=same, reference=same, facts={"inputs_saturated": 0.2})) == [
        "all 40 outputs are the same, as TensorFlow Lite's are",
        "20.0 % of the input values were clamped",
    ]
    off = cell(outputs=moved("int8", 1))
    assert warnings(off) == ["outputs differ from TensorFlow Lite's: off by ≤ 1 LSB"]
    assert told([off, off, cell()]) == [
        "warning: neuron int8 on m4: outputs differ from TensorFlow Lite's: off by ≤ 1 LSB"
    ]
    assert warnings(replace(off, outputs=None)) == []


@pytest.mark.parametrize(
    ("dtype", "wrong", "warns"),
    [("float32", 0, False), ("float32", 1, True), ("int8", 8, False), ("int8", 9, True)],
)
def test_a_conversion_that_changed_the_model_is_told(dtype: str, wrong: int, warns: bool) -> None:
    keras = SAID.copy()
    keras[:wrong] = (keras[:wrong] + 1) % CLASSES
    found = cell(dtype)
    assert found.artifact is not None
    found = replace(found, artifact=replace(found.artifact, keras_predictions=keras))
    assert bool(warnings(found)) == warns
    assert (
        not warns or "% of 40 samples: did the conversion change the model?" in warnings(found)[0]
    )
