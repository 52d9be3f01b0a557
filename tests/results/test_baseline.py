from typing import Any

import numpy as np
import pytest

from harness.results.baseline import DTYPES, baselines
from tests.report.runs import Model, make_data

LABELS = np.arange(40) % 10


def chosen(*models: Model) -> dict[str, str]:
    return {
        target: cell.name for target, cell in baselines(make_data(LABELS, list(models))).items()
    }


def original(dtype: str, **more: Any) -> Model:
    return Model("original", LABELS, dtype=dtype, **more)


@pytest.mark.parametrize("first", range(len(DTYPES)))
def test_the_first_dtype_measured_is_the_baseline_whatever_the_order(first: int) -> None:
    models = [original(dtype) for dtype in reversed(DTYPES[first:])]
    assert chosen(*models) == {"m4": f"original {DTYPES[first]}"}


def test_an_original_that_does_not_fit_is_none() -> None:
    assert chosen(original("float32", status="refused"), original("int8")) == {
        "m4": "original int8"
    }
    assert chosen(original("float32", status="failed"), Model("neuron", LABELS)) == {}


def test_each_target_has_its_own_and_codegen_comes_first() -> None:
    assert chosen(
        original("float32", engine="tflm"), original("int8"), original("float32", target="uno")
    ) == {"m4": "original int8", "uno": "original float32"}
