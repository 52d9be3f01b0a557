"""The page of a sweep, from curves made up here."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from harness.errors import StoreError
from harness.measure.knee import Curve, Point
from harness.measure.metric import METRICS
from harness.sweep.page import SweepPage, write_sweep

ORIGINAL = Point(0, 0.001, 1000, 999, (0.96, 0.98))
CURVES = (
    Curve("l1", "weights", (
        ORIGINAL,
        Point(0.5, 0.5, 1000, 500, (0.97, 0.97)),
        Point(0.925, 0.925, 1000, 75, (0.7, 0.8)),
    )),
    Curve("neuron", "units", (ORIGINAL, Point(0.5, 0.0, 510, 510, (0.9, 0.9)))),
)  # fmt: skip
STARTED = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)


def page(*seeds: int) -> SweepPage:
    return SweepPage(
        "digits <b>", STARTED, seeds, 0.01, METRICS["classification"], (("model", "models.<i>"),)
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sweep(CURVES, page(42, 43), tmp_path_factory.mktemp("reports"))


def test_the_folder_holds_page_table_and_both_plots(folder: Path) -> None:
    names = ["accuracy-sparsity.png", "accuracy-sparsity.svg", "index.html", "sweep.csv"]
    assert sorted(path.name for path in folder.iterdir()) == names
    assert folder.name.startswith("sweep-digits-b-")
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]
    assert (folder / names[0]).read_bytes().startswith(b"\x89PNG\r\n")
    assert ET.parse(folder / names[1]).getroot().tag == "{http://www.w3.org/2000/svg}svg"


def test_every_point_is_a_row_in_full_precision(folder: Path) -> None:
    frame = pd.read_csv(folder / "sweep.csv")
    assert list(frame["sparsity_target"]) == [0, 0.5, 0.925, 0, 0.5]
    assert list(frame["knee"]) == [False, True, False, True, False]
    row = frame.iloc[2]
    assert (row["method"], row["seeds"], row["nonzero_parameters"]) == ("l1", 2, 75)
    assert row["accuracy_mean"] == pytest.approx(0.75)
    assert row["accuracy_sd"] == pytest.approx(0.0707107, rel=1e-5)


def test_the_page_states_the_knee_its_rule_and_where_the_accuracy_is_from(folder: Path) -> None:
    html = (folder / "index.html").read_text(encoding="utf-8")
    assert "Knee: the greatest sparsity whose accuracy on the test split is at most 1 point" in html
    assert "float32 Keras model on the test split" in html
    assert '<tr><th scope="row">l1</th><td>50 %</td><td class="left">weights</td>' in html
    assert '<tr><th scope="row">neuron</th><td>none</td>' in html
    assert "<td>97.0 (1.4)</td>" in html
    # −22.0 points: differences of 26 and 18, t of one degree of freedom 12.7, sd 5.66, root of 2  # noqa: RUF003
    assert "<td>−22.0 ± 50.8</td>" in html  # noqa: RUF001
    assert '<th scope="row">92.5</th>' in html
    assert "Knees: l1 50 %, neuron none." in html
    assert "digits &lt;b&gt;" in html
    assert "<b>" not in html
    assert "<i>" not in html


def test_a_knee_is_chosen_on_validation_and_shown_on_test(tmp_path: Path) -> None:
    original = Point(0, 0.0, 9, 9, (0.9, 0.92), (0.95, 0.95))
    points = (
        original,
        Point(0.5, 0.5, 9, 5, (0.8, 0.82), (0.95, 0.95)),
        Point(0.9, 0.9, 9, 1, (0.9, 0.92), (0.5, 0.5)),
    )
    folder = write_sweep([Curve("l1", "weights", points)], page(42, 43), tmp_path)
    html = (folder / "index.html").read_text(encoding="utf-8")
    assert "whose accuracy on the validation split is at most" in html
    assert "on the test split, which had no part in the choice" in html
    assert "<td>50 %</td>" in html
    assert "<td>81.0 (1.4)</td><td>−10.0 ± 0.0</td>" in html  # noqa: RUF001
    frame = pd.read_csv(folder / "sweep.csv")
    assert frame["accuracy_validation"].tolist() == [0.95, 0.95, 0.5]
    assert frame["accuracy_change"].tolist() == pytest.approx([0, -0.1, 0])
    assert list(frame["knee"]) == [False, True, False]


def test_one_seed_has_no_deviation(tmp_path: Path) -> None:
    single = Curve("l1", "weights", (Point(0, 0.0, 9, 9, (0.9,)), Point(0.5, 0.5, 9, 5, (0.9,))))
    folder = write_sweep([single], page(42), tmp_path)
    html = (folder / "index.html").read_text(encoding="utf-8")
    assert "it tells nothing of the spread" in html
    assert "±" not in html.replace("±0.0", "")
    assert "50 % or more (edge of the range)" in html
    assert pd.read_csv(folder / "sweep.csv")["accuracy_sd"].isna().all()


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "reports").write_text("a file")
    with pytest.raises(StoreError, match="what was trained is cached"):
        write_sweep(CURVES, page(42), tmp_path / "reports")
