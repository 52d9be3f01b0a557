"""A lie of each kind: none ends as ok, Ship or Candidate. benchmarks/lies.py plants hundreds."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lies.board import Answer, in_hello, in_ticks
from tests.lies.campaign import KINDS, plant
from tests.lies.label_lies import LABEL_LIES
from tests.lies.study import BOTH, ORDER, PASSED, Models, Study

SAMPLES = 80
# Kinds that run the reference interpreter anew for each case: some of them are enough here.
SLOW = {"bits flipped before the device", "weights swapped", "weights damaged before both"} | {
    kind for kind in LABEL_LIES if kind.startswith("pixels")
}
QUICK = [kind for kind in KINDS if kind not in SLOW]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Models:
    return Models.load(tmp_path_factory.mktemp("cache"), SAMPLES)


@pytest.mark.parametrize("kind", [*QUICK, "pixels too large"])
def test_no_lie_passes(kind: str, models: Models, tmp_path: Path) -> None:
    found = plant(models, kind, 0, tmp_path)
    assert found.met in ORDER
    assert found.met != PASSED


def test_an_honest_run_is_shipped(models: Models, tmp_path: Path) -> None:
    outcome = Study(models.workloads, models.labels).run(tmp_path)
    assert [cell.status for cell in outcome.cells] == ["ok", "ok"]
    assert outcome.warnings == ("", "")
    assert outcome.verdict.headline.startswith("Ship magnitude int8")
    assert outcome.met(BOTH) == PASSED  # so that a lie that changes nothing would be seen


@pytest.mark.parametrize(
    "altered",
    [in_hello(firmware="9"), in_ticks(lambda ticks: ticks + ticks // 20)],
)
def test_what_is_within_all_bounds_is_measured(
    altered: Answer, models: Models, tmp_path: Path
) -> None:
    """The limits that docs/read-the-report.md states: 5 % more ticks are no contradiction."""
    outcome = Study(models.workloads, models.labels, altered=altered).run(tmp_path)
    assert [cell.status for cell in outcome.cells] == ["ok", "ok"]


def test_cases_are_the_same_each_time(models: Models, tmp_path: Path) -> None:
    kind = "outputs of another sample"
    assert plant(models, kind, 3, tmp_path) == plant(models, kind, 3, tmp_path)
