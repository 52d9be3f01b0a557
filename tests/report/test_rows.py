from harness.measure.metric import METRICS
from harness.report.columns import COLUMNS
from harness.report.rows import filters_of, make_row
from harness.report.table import Scope
from harness.results.table import results_frame
from tests.report.synthetic import Made

SCOPE = Scope(METRICS["classification"], "µs")


def test_a_reason_stands_under_the_heads_of_all_figures(made: Made) -> None:
    frame = results_frame(made.store, made.run_id)
    rows = {(row.variant, row.dtype, row.target): row for row in frame.itertuples()}
    row = make_row(rows["random", "int8", "qemu-m4"], COLUMNS, SCOPE)
    names, reason, sizes = row.cells[:2], row.cells[2], row.cells[3:]
    assert [cell.value.text for cell in names] == ["random", "int8"]
    figures = [column.head(SCOPE) for column in COLUMNS if column.group == "figure"]
    assert list(reason.heads) == figures
    assert {"Accuracy", "Latency", "Speed"} <= {head.title for head in figures}
    assert reason.value.text == row.problem
    assert row.problem.startswith("refused: the image needs 5,000,000 B of flash")
    assert reason.value.style == "problem refused"
    assert [cell.heads[0].title for cell in sizes[:2]] == ["Flash", "Arena"]
    assert [cell.value.text for cell in sizes[:2]] == ["–", "1,428"]  # noqa: RUF001
    measured = make_row(rows["neuron", "int8", "qemu-m4"], COLUMNS, SCOPE)
    assert (measured.name, measured.problem) == ("neuron", "")
    assert [cell.heads for cell in measured.cells] == [(x.head(SCOPE),) for x in COLUMNS]


def test_rows_are_filtered_by_what_differs(made: Made) -> None:
    frame = results_frame(made.store, made.run_id)
    rows = [make_row(row, COLUMNS, SCOPE, front=frozenset({0})) for row in frame.itertuples()]
    assert [row.front for row in rows[:2]] == [True, False]
    filters = {found.name: found.options for found in filters_of({"qemu-m4": rows})}
    assert filters == {
        "method": ("none", "magnitude", "neuron", "random"),
        "dtype": ("float32", "int8"),
        "status": ("ok", "refused", "failed"),
        "front": ("yes", "no"),
    }
