"""Figures of single cells, where they are known and where not."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from harness.results import figures
from harness.results.baseline import baselines
from harness.results.data import load_run
from harness.results.figures import CellFigures, Energy
from tests.report.synthetic import Made


@pytest.fixture
def cell(made: Made) -> Callable[..., CellFigures]:
    def find(*key: str, **facts: Any) -> CellFigures:
        data = load_run(made.store, made.run_id)
        (found,) = (
            cell
            for cell in data.cells
            if (cell.record.key.variant, cell.record.key.dtype, cell.record.key.target) == key
        )
        record = replace(found.record, facts=replace(found.record.facts, **facts))
        mine = replace(found, record=record)
        baseline = baselines(data)[found.record.key.target]
        return CellFigures(data, mine, mine if found is baseline else baseline)

    return find


def test_a_cell_that_ended_well_has_every_figure(cell: Callable[..., CellFigures]) -> None:
    found = cell("neuron", "int8", "qemu-m4")
    assert (found.ended_well, found.has_classes, found.samples) == (True, True, 120)
    assert (found.latency.n, found.kept_epoch, found.keras_score) == (119, 9, 116 / 120)
    assert found.score is not None
    assert found.score.value == found.reference_score == 116 / 120
    assert (found.score_change, found.score_p) == (0.0, pytest.approx(0.863, abs=1e-3))
    assert found.largest_drop == pytest.approx(0.0439, abs=1e-4)
    assert found.parity is not None
    assert (found.parity.max_lsb, found.reason) == (0, "")
    assert found.speedup == pytest.approx(2.66, abs=0.01)
    assert found.energy == Energy()


def test_a_cell_that_failed_has_none_but_its_samples(cell: Callable[..., CellFigures]) -> None:
    found = cell("random", "float32", "host")
    assert (found.ended_well, found.samples) == (False, 20)
    assert np.isnan(found.latency.median)
    assert (found.latency.n, found.speedup, found.score, found.parity) == (0, None, None, None)
    assert (found.score_change, found.score_p) == (None, None)
    assert found.reason.startswith("no answer within 5 s")


def test_the_original_is_not_tested_against_itself(cell: Callable[..., CellFigures]) -> None:
    original = cell("original", "float32", "host")
    assert (original.score_change, original.score_p, original.largest_drop) == (0.0, None, None)
    other = cell("original", "int8", "host")  # another dtype is compared with it
    assert (other.score_change, other.score_p, other.speedup) == (0.0, 1.0, 1.0)


def test_a_fact_that_is_not_known_is_none(cell: Callable[..., CellFigures]) -> None:
    found = cell("neuron", "int8", "host", latency_cold=77.0)
    assert (found.fact("stack_bytes"), found.fact("ram_bytes")) == (None, 1600)
    assert found.latency.cold == 77.0
    with pytest.raises(AttributeError):
        found.fact("not_a_fact")


def test_figures_are_computed_once(
    cell: Callable[..., CellFigures], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = cell("neuron", "int8", "host")
    parity = found.parity
    monkeypatch.setattr(figures, "compare_outputs", None)
    assert found.parity is parity
