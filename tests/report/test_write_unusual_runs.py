"""Runs with odd names, without cells, figures or an original still have a report."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from harness.report.write import write_report
from harness.store import Artifact, CellFacts, CellKey, Stage, Store
from tests.report.empty_run import begin
from tests.report.page_parser import Page
from tests.report.synthetic import artifact, make_run, scores


def test_names_from_outside_are_escaped_everywhere(tmp_path: Path) -> None:
    store = Store(tmp_path / "results.sqlite")
    evil = "<script>alert(1)</script>|\"'&"
    run = begin(store, plan_name=f"../{evil}", provenance={evil: evil}, plan_text=evil)
    rng = np.random.default_rng(1)
    base = artifact("original", "int8", scores(rng, np.arange(10), "int8"), np.arange(10))
    fields = {name: getattr(base, name) for name in Artifact.__dataclass_fields__}
    store.put_artifact(run, Artifact(**fields | {"variant": evil}))
    cell = store.put_cell(
        run, CellKey(evil, "int8", evil, evil), facts=CellFacts(target_title=evil)
    )
    store.fail_cell(cell, Stage.BUILD, evil)
    folder = write_report(store, run, tmp_path / "reports")
    assert folder.parent == tmp_path / "reports"
    html = (folder / "index.html").read_text(encoding="utf-8")
    assert html.count("<script>") == 1
    assert evil in Page(html).text
    with (folder / "results.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["variant"], row["reason"]) == (evil, evil)


def test_a_run_without_cells_still_reports(tmp_path: Path) -> None:
    store = Store(tmp_path / "results.sqlite")
    folder = write_report(store, begin(store), tmp_path / "reports")
    text = Page((folder / "index.html").read_text(encoding="utf-8")).text
    assert "This run holds no cells: nothing was measured." in text
    assert "There is nothing to judge yet." in text
    assert len((folder / "results.csv").read_text().splitlines()) == 1
    assert "nothing was measured" in (folder / "results.md").read_text(encoding="utf-8")


def test_a_run_in_which_every_cell_failed_still_reports(tmp_path: Path) -> None:
    store = Store(tmp_path / "results.sqlite")
    run = begin(store)
    for variant in ("original", "neuron"):
        cell = store.put_cell(run, CellKey(variant, "int8", "codegen", "uno"))
        store.fail_cell(cell, Stage.BUILD, "avr-gcc is not installed")
    folder = write_report(store, run, tmp_path / "reports")
    text = Page((folder / "index.html").read_text(encoding="utf-8")).text
    assert "No verdict: none of 2 cells ended with figures" in text
    assert text.count("failed at build: avr-gcc is not installed") == 4
    assert "Nothing was measured here." in text


def test_a_run_without_an_original_still_reports(tmp_path: Path) -> None:
    made = make_run(tmp_path / "results.sqlite", variants=("neuron", "random"))
    folder = write_report(made.store, made.run_id, tmp_path / "reports")
    text = Page((folder / "index.html").read_text(encoding="utf-8")).text
    assert text.count("No verdict: no unpruned variant was measured here to compare with") == 4
    with (folder / "results.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["speedup"] + row["accuracy_delta"] + row["mcnemar_p"] for row in rows} == {""}
    assert sum(row["accuracy_device"] != "" for row in rows) == 6
