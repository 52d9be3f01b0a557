import re
from dataclasses import replace

from harness.measure.metric import METRICS
from harness.report.html import FOLDER, render_html
from harness.report.page import _provenance, make_page
from harness.results.data import load_run
from harness.results.table import frame_of
from harness.store import CellFacts
from tests.report.synthetic import Made


def test_runs_with_pruned_variants_name_the_open_division(made: Made) -> None:
    data = load_run(made.store, made.run_id)
    assert data.pruned == ["magnitude", "neuron", "random"]
    assert _provenance(data)[-1] == ("MLPerf Tiny", "Open division: magnitude, neuron and random")


def test_every_task_is_told_by_its_own_metric_and_test(made: Made) -> None:
    data = load_run(made.store, made.run_id)
    page = replace(make_page(data, frame_of(data), 0.01), metric=METRICS["regression"])
    html = render_html(page, [])
    assert "<caption>R² on the device; p of the paired bootstrap of the difference" in html
    assert 'aria-label="R² of neuron"' in html
    assert "McNemar" not in html.partition('id="models"')[2]


def test_p_values_are_told_to_be_uncorrected(made: Made) -> None:
    data = load_run(made.store, made.run_id)
    method = make_page(data, frame_of(data), 0.01).targets[0].method
    assert "not corrected for the number of variants: of 20 that equal the original, one" in method
    assert (
        "Speed: median latency of the original of the same dtype divided by this one's." in method
    )


def test_one_call_is_no_calls(made: Made) -> None:
    data = load_run(made.store, made.run_id)
    page = make_page(data, frame_of(data).assign(latency_samples=1), 0.01)
    assert "Median and p95 over 1 timed call of the model alone" in page.targets[0].method


def test_paper_is_white_also_where_the_screen_is_dark() -> None:
    css = (FOLDER / "style.css").read_text(encoding="utf-8")
    _, dark, rest = css.partition("prefers-color-scheme: dark")
    names = [set(re.findall(r"--[a-z]+(?=:)", part.partition("}")[0])) for part in (
        rest, rest.partition("@media print")[2]
    )]  # fmt: skip
    assert dark
    assert len(names[0]) > 10
    assert names[0] == names[1]


def test_one_matrix_is_no_matrices(made: Made) -> None:
    page = make_page(data := load_run(made.store, made.run_id), frame_of(data), 0.01)
    assert "<summary>8 matrices</summary>" in render_html(page, [])
    single = replace(page, confusions=page.confusions[:1], left_out=1)
    assert "<summary>1 matrix</summary>" in render_html(single, [])
    assert "1 model file is left out here." in render_html(single, [])


def test_other_runs_do_not(made: Made) -> None:
    data = load_run(made.store, made.run_id)
    original = [item for item in data.artifacts if item.method == "none"]
    files = [replace(item, method="file") for item in original]
    assert "MLPerf Tiny" not in dict(_provenance(replace(data, artifacts=original)))
    assert "MLPerf Tiny" not in dict(_provenance(replace(data, artifacts=files)))


def test_provenance_names_the_compilers_that_built_the_images(made: Made) -> None:
    first, second, *_ = (cell.key for cell in made.store.cells(made.run_id))
    made.store.put_cell(made.run_id, first, facts=CellFacts(compiler="GCC: (GNU) 5.4.0"))
    made.store.put_cell(made.run_id, second, facts=CellFacts(compiler="GCC: (15:12.2) 12.2.1"))
    facts = dict(_provenance(load_run(made.store, made.run_id)))
    assert facts["images built by"] == (
        f"GCC: (GNU) 5.4.0 ({first.target}); GCC: (15:12.2) 12.2.1 ({second.target})"
    )
