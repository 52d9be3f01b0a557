"""The measured differences of authorities, as choice.py and docs/exactness.md have them."""

from __future__ import annotations

from benchmarks.exactness_text import DOCS, in_docs, to_toml
from harness.workload.authority import AUTHORITIES
from harness.workload.exactness import TABLE, load_table


def test_the_page_and_the_data_hold_the_same_figures() -> None:
    table = load_table()
    page = DOCS.read_text(encoding="utf-8")
    assert in_docs(page, table) == page
    assert to_toml(table) == TABLE.read_text(encoding="utf-8")


def test_every_operator_is_compared_with_every_authority() -> None:
    names = {each.name for each in AUTHORITIES}
    for operator, row in load_table().items():
        assert row.keys() == names, operator
        assert max(each.models + each.refused for each in row.values()) >= 80, operator


def test_the_engine_is_that_of_litert_1_2_but_for_its_wrong_sum() -> None:
    rows = load_table().items()
    off = {operator for operator, row in rows if row["litert-1.2"].max_lsb}
    assert off == {("SUM", "int8")}
    assert load_table()["SUM", "int8"]["tflm"].max_lsb == 0
