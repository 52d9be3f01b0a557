from harness.measure.metric import METRICS
from harness.report.table import Column, Head, Scope, Value, make_table

SCOPE = Scope(METRICS["anomaly"], "cycles")
COLUMNS: tuple[Column[int], ...] = (
    Column("Number", lambda row, _: str(row)),
    Column(
        lambda scope: scope.metric.title,
        lambda row, scope: Value(f"{row} {scope.latency_unit}", sort=float(row)),
        lambda scope: scope.latency_unit,
        left=True,
    ),
    Column("Half", lambda row, _: f"{row / 2:g}", "%", plain="half %", when=lambda rows: 1 in rows),
)


def test_heads_and_rows_follow_from_the_columns() -> None:
    table = make_table(COLUMNS, iter([1, 2]), SCOPE)
    assert table.heads == (
        Head("Number", "", "Number", left=False),
        Head("AUC", "cycles", "AUC (cycles)", left=True),
        Head("Half", "%", "half %", left=False),
    )
    assert table.rows[1] == (Value("2"), Value("2 cycles", sort=2.0), Value("1"))
    assert table.texts == [["1", "1 cycles", "0.5"], ["2", "2 cycles", "1"]]


def test_a_column_is_hidden_where_its_rows_do_not_call_for_it() -> None:
    assert [head.title for head in make_table(COLUMNS, [2, 3], SCOPE).heads] == ["Number", "AUC"]
    assert make_table(COLUMNS, [], SCOPE).rows == ()
