import re
from dataclasses import replace
from itertools import pairwise
from typing import Any, get_args

import numpy as np
import pandas as pd
import pytest

from harness.plan.plan import Dtype
from harness.report.plots.board_plots import board_plots
from harness.report.plots.boards import scale_of, with_shares
from harness.report.plots.curves import curve_limits
from harness.report.plots.figure import COLOURS, INK, fill, styles
from harness.report.plots.plots import Plot, draw_plots
from harness.results.data import load_run
from harness.results.table import frame_of
from harness.store import CellFacts, CellKey, SampleRow, Store
from tests.report.judged import LABELS
from tests.report.runs import Model, make_data, make_frame, right
from tests.report.synthetic import CLASSES, Made, artifact, make_run, scores


def drawn(store: Store, run_id: int) -> dict[str, Plot]:
    data = load_run(store, run_id)
    return {plot.name: plot for plot in draw_plots(data, frame_of(data))}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Made, dict[str, Plot]]:
    """A whole run and its plots, for tests that only read them."""
    made = make_run(tmp_path_factory.mktemp("store") / "results.sqlite")
    return made, drawn(made.store, made.run_id)


def test_the_alternative_text_tells_the_figures(whole: tuple[Made, dict[str, Plot]]) -> None:
    made, plots = whole
    median = np.median(made.counts["neuron", "int8", "qemu-m4"][1:])
    assert plots["pareto-qemu-m4"].alt == (
        "Accuracy against median latency and flash on qemu-m4, 7 cells. Fastest: neuron int8 with "
        f"{median:,.0f} instructions and 96.7 % correct. On the front: neuron int8."
    )
    warm = made.counts["neuron", "int8", "qemu-m4"][1:]
    assert plots["latency-qemu-m4"].alt.endswith(
        f"Widest: neuron int8, {warm.min():,.0f} to {warm.max():,.0f} instructions."
    )
    assert "Smallest after gzip: random int8, 2,250 bytes." in plots["sizes"].alt
    assert plots["training"].alt == ("Validation accuracy by epoch of 4 variants, up to 12 epochs.")


def test_the_drawing_takes_the_colours_of_the_page(whole: tuple[Made, dict[str, Plot]]) -> None:
    for plot in whole[1].values():
        assert plot.svg.startswith("<svg viewBox=")
        assert "currentColor" in plot.svg
        assert INK not in plot.svg
        assert "<metadata" not in plot.svg
        assert "xlink" not in plot.svg


def test_confusion_matrices_name_their_classes(whole: tuple[Made, dict[str, Plot]]) -> None:
    svg = whole[1]["confusion-int8"].svg
    for label in range(CLASSES):  # along both sides of each matrix
        assert len(re.findall(rf">{label}</text>", svg)) >= 2


def test_every_dtype_of_a_plan_has_its_own_fill() -> None:
    dtypes = get_args(Dtype)
    assert len({fill(dtype) for dtype in dtypes}) == len(dtypes) == 5


def test_a_run_with_hardly_anything_draws_only_what_it_can(made: Made) -> None:
    rng = np.random.default_rng(0)
    labels = np.arange(10)
    run = made.store.begin_run(plan_name="p", plan_text="", plan_digest="d", provenance={},
                               labels=np.empty(0, dtype=int), classes=0)  # fmt: skip
    item = artifact("original", "int8", scores(rng, labels, "int8"), labels)
    made.store.put_artifact(run, item)
    cell = made.store.put_cell(
        run, CellKey("original", "int8", "codegen", "host"), facts=CellFacts(latency_unit="us")
    )
    rows = [SampleRow(i, 2, 0.0, item.reference_outputs[i].tobytes()) for i in range(10)]
    made.store.add_samples(cell, rows)
    made.store.finish_cell(cell)
    assert set(drawn(made.store, run)) == {"training", "training-01"}


@pytest.mark.parametrize("count", [1, 8, 20, 49])
def test_variants_are_told_apart_by_colour_and_marker(count: int) -> None:
    names = ["original", *(f"v{number}" for number in range(count))]
    looks = styles(names, frozenset({"original"}))
    assert looks["original"].colour == INK
    assert len({(look.colour, look.marker) for look in looks.values()}) == count + 1
    neighbours: list[Any] = [looks[name] for name in names[1:]]
    for one, other in pairwise(neighbours):
        assert one.colour != other.colour
        assert one.marker != other.marker or len(COLOURS) < count


def test_boards_are_drawn_on_one_scale_and_the_host_on_its_own() -> None:
    models = [
        Model(name, right(LABELS, range(wrong)), latency, target=target, dtype="int8", flash=flash)
        for target, factor in (("m4", 1), ("riscv", 10))
        for name, wrong, latency, flash in (
            ("original", 20, 1000 * factor, 100),
            ("small", 60, 10_000 / factor, 50 * factor),
        )
    ]
    data = make_data(LABELS, models)
    timed = with_shares(data, make_frame(data))
    assert timed["latency_share"].tolist() == [1, 10, 1, 0.1]
    scale = scale_of(timed, data.metric)
    assert (scale.share, scale.flash) == ((0.1, 10), (50, 500))
    assert scale.score[0] < 97 < 99 < scale.score[1]
    host = [
        replace(each, target="host", facts={"timing_kind": "host-clock"}) for each in models[:2]
    ]
    assert groups_of(*models, *host) == {
        "pareto-m4": "boards", "pareto-riscv": "boards", "latency-m4": "boards",
        "latency-riscv": "boards", "pareto-host": "host", "latency-host": "host",
        "legend": "legend of boards",
    }  # fmt: skip
    assert groups_of(*host)["pareto-host"] == "boards"


def groups_of(*models: Model) -> dict[str, str]:
    """Groups of the boards' plots by name."""
    data = make_data(LABELS, models)
    frame = make_frame(data)
    looks = styles(["original", "small"], frozenset({"original"}))
    plots = board_plots(data, frame, pd.Series(True, index=frame.index), looks)
    return {plot.name: plot.group for plot in plots if plot is not None}


def test_trainings_share_their_limits(whole: tuple[Made, dict[str, Plot]]) -> None:
    limits = curve_limits(list(whole[0].artifacts.values()))
    assert limits["epoch"] == (1, 12)
    assert limits["loss"] == (1 / 12, 1.1)


def test_one_legend_serves_all_boards(whole: tuple[Made, dict[str, Plot]]) -> None:
    plots = whole[1]
    assert ">magnitude<" not in plots["pareto-qemu-m4"].svg
    assert ">magnitude<" in plots["legend"].svg
