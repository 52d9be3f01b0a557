from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from harness.measure.noninferiority import Pairs
from harness.results.comparison import answers_key, learned_p, pool, validation_answers
from harness.results.data import RunData
from tests.report.runs import CLASSES, Model, make_data, one_hot, right

LABELS, HELD = np.arange(60) % CLASSES, np.arange(30) % CLASSES


def data(*models: Model, **more: Any) -> RunData:
    return make_data(LABELS, models, HELD, **more)


def model(wrong: list[int], held: list[int] | None = None, **more: Any) -> Model:
    more.setdefault("variant", "original")
    return Model(
        said=right(LABELS, wrong), held=None if held is None else right(HELD, held), **more
    )


def test_test_and_validation_samples_are_pooled() -> None:
    run = data(model([1], [2]), model([3], [2, 4], variant="neuron"))
    found = pool(run, run.cells[1], run.cells[0])
    assert found is not None
    assert (found.test, found.validation) == (60, 30)
    assert found.change == Pairs(1, 2, 90)
    assert found.tested.change == Pairs(1, 1, 60)
    tested = found.tested
    assert tested.tested is tested
    assert found.p == pytest.approx(5 / 8)  # (2 * 1 + 3) / 2**3


@pytest.mark.parametrize("missing", ["outputs", "labels", "parity"])
def test_without_outputs_labels_or_parity_the_test_split_stands_alone(missing: str) -> None:
    held = None if missing == "outputs" else [2]
    run = data(model([1], held, off=int(missing == "parity")), model([3], [2], variant="neuron"))
    if missing == "labels":
        run = replace(run, run=replace(run.run, validation_labels=None))
    found = pool(run, run.cells[1], run.cells[0])
    assert found is not None
    assert (found.test, found.validation) == (60, 0)


def test_a_float_model_s_class_follows_from_a_clear_lead_only() -> None:
    run = data(model([1], [2], dtype="float32"))
    answers = validation_answers(run, run.cells[0])
    assert answers is not None
    assert answers.tolist() == right(HELD, [2]).tolist()
    artifact = run.cells[0].artifact
    assert artifact is not None
    close = one_hot(HELD, "float32")
    close[5, (HELD[5] + 1) % CLASSES] = 1 - 1e-5  # rounding may turn it
    near = replace(run.cells[0], artifact=replace(artifact, validation_outputs=close))
    assert validation_answers(run, near) is None
    hybrid = data(model([1], [2], dtype="dynamic"))
    assert validation_answers(hybrid, hybrid.cells[0]) is None


def test_an_anomaly_s_validation_split_says_nothing() -> None:
    run = data(model([1], [2]))
    anomaly = replace(run, run=replace(run.run, task="anomaly"))
    assert validation_answers(anomaly, run.cells[0]) is None


def test_cells_of_the_same_answers_are_one_model() -> None:
    run = data(
        model([1], [2]), model([1], [2], target="uno"), model([1], [3], variant="b"),
        model([4], [2], variant="c"), model([1], variant="d"),
    )  # fmt: skip
    keys = [answers_key(run, cell) for cell in run.cells]
    assert keys[0] == keys[1]
    assert len(set(keys)) == 4


def test_without_labels_nothing_is_compared() -> None:
    run = make_data(np.empty(0, int), [model([1]), model([2], variant="neuron")])
    assert pool(run, run.cells[1], run.cells[0]) is None
    assert learned_p(run, run.cells[0]) == 1


def test_a_good_model_has_learned_something() -> None:
    run = data(model([1]), Model("lazy", np.zeros(60, int)))
    assert learned_p(run, run.cells[0]) < 1e-6
    assert learned_p(run, run.cells[1]) == 0.5
