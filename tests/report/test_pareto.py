import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from harness.measure.metric import METRICS
from harness.report import shortlist as shortlist_module
from harness.report.pareto import pareto_front, undominated
from harness.report.plots.plots import draw_plots
from harness.report.shortlist import shortlist
from harness.report.verdict import TOLERANCE, verdicts
from harness.results.data import load_run
from harness.results.table import frame_of
from tests.report.synthetic import Made

ACCURACY = METRICS["classification"]


def table(*rows: tuple[str, float, float, float | None]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"target": target, "accuracy_device": accuracy, "latency_median": latency,
             "flash_bytes": flash, "status": "ok"}
            for target, accuracy, latency, flash in rows
        ]
    ).astype({"flash_bytes": "Int64"})  # fmt: skip


def test_the_front_is_what_nothing_beats_in_all_three() -> None:
    frame = table(
        ("a", 0.9, 10, 100),
        ("a", 0.9, 10, 101),  # as good, but larger
        ("a", 0.8, 5, 200),  # faster
        ("a", 0.7, 20, 50),  # smaller
        ("a", 0.7, 21, 60),  # beaten by the one above
        ("a", 0.99, 1, None),  # flash unknown: takes no part
        ("b", 0.1, 999, 999),  # alone on its target
    )
    assert pareto_front(frame, ACCURACY) == {0, 2, 3, 6}
    assert pareto_front(frame.assign(status="failed"), ACCURACY) == frozenset()


@given(arrays(np.int8, st.tuples(st.integers(1, 12), st.just(3)), elements=st.integers(0, 3)))
def test_every_point_is_on_the_front_or_beaten_by_one_that_is(costs: np.ndarray) -> None:
    best = undominated(costs)
    assert best.any()
    for point, kept in zip(costs, best, strict=True):
        beaten = [
            (other <= point).all() and (other < point).any()
            for other, good in zip(costs, best, strict=True)
            if good
        ]
        assert any(beaten) != kept


def test_points_of_the_picture_can_be_focused_and_say_their_figures(made: Made) -> None:
    data = load_run(made.store, made.run_id)
    plots = {plot.name: plot for plot in draw_plots(data, frame_of(data))}
    svg = plots["pareto-qemu-m4"].svg
    assert svg.count('tabindex="0"') == 2 * 7  # refused ones have no place in it
    assert svg.count("on the front</title>") == 2
    assert 'aria-label="neuron int8: 96.7 (91.7 to 98.7) % correct, ' in svg
    assert "tabindex" not in plots["pareto-qemu-m4"].svg_file


def test_of_too_many_models_the_front_and_the_originals_are_told(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = load_run(made.store, made.run_id)
    frame = frame_of(data)
    found = verdicts(data, frame, TOLERANCE)
    assert shortlist(data, frame, found) is data
    monkeypatch.setattr(shortlist_module, "MOST_NAMED", 3)
    few = shortlist(data, frame, found)
    names = [(item.variant, item.dtype) for item in few.artifacts]
    assert names == [("original", "float32"), ("original", "int8"), ("neuron", "int8")]
    assert {cell.name for cell in few.cells} == {" ".join(pair) for pair in names}
    drawn = {plot.name for plot in draw_plots(data, frame)}
    assert {"training-01", "training-02"} <= drawn
    assert "training-03" not in drawn
