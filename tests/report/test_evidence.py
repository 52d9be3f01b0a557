"""Lines on the test split: classes that it lacks, samples that were trained on."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from harness.report.evidence import untested
from harness.report.verdict import Verdict, verdicts
from harness.results.data import SEEN
from tests.report.judged import LABELS, model, original
from tests.report.runs import Model, make_data, make_frame


def judged(labels: np.ndarray, models: list[Model], **run: Any) -> Verdict:
    data = make_data(labels, models, **run)
    return verdicts(data, make_frame(data), 0.01)[0]


@pytest.mark.parametrize(
    ("gone", "line"),
    [
        ((), []),
        ((3,), ["nothing is known of class 3: no test sample"]),
        ((1, 2, 3, 4, 5, 9), ["nothing is known of classes 1, 2, 3, 4 and 2 more: no test sample"]),
    ],
)
def test_classes_without_a_test_sample_are_named(gone: tuple[int, ...], line: list[str]) -> None:
    labels = LABELS[~np.isin(LABELS, gone)]
    assert untested(make_data(labels, [Model("original", labels)])) == line
    verdict = judged(labels, [Model("original", labels), Model("a", labels, 5)])
    assert [each for each in verdict.support if each.startswith("nothing is known")] == line
    assert verdict.shown


def test_samples_that_were_trained_on_are_told_and_many_are_no_test() -> None:
    few = judged(LABELS, [original(), model("a", range(20), 5)], provenance={SEEN: 0.1})
    assert few.shown
    assert "10.0 % of the test samples are training samples" in few.support
    many = judged(LABELS, [original(), model("a", range(20), 5)], provenance={SEEN: 0.11})
    assert many.choice is None
    assert many.headline == "No verdict: 11.0 % of the test samples are training samples"


def test_labels_of_one_class_that_all_say_another_are_told() -> None:
    """All samples of class 3 are labelled 8; the models still answer 3."""
    labels = np.where(LABELS == 3, 8, LABELS)
    verdict = judged(labels, [Model("original", LABELS), Model("a", LABELS, 5)])
    assert verdict.choice is None
    assert verdict.headline == (
        "No verdict: original int8: no sample is labelled 3, but 200 samples labelled 8 are "
        "answered so"
    )
