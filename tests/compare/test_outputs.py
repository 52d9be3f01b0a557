from xml.etree import ElementTree

from harness.compare.baseline import Baseline, CellFigures
from harness.compare.judge import Finding
from harness.compare.outputs import github_annotations, junit, markdown, summary

BASELINE = Baseline(
    plan="digits",
    commit="abc",
    cells={name: CellFigures(status="ok") for name in ("a/int8/codegen/m4", "b/int8/codegen/m4")},
)
FINDINGS = [
    Finding("b/int8/codegen/m4", "model", "note", "another | file"),
    Finding("b/int8/codegen/m4", "flash_bytes", "regression", "1 to 2 B (+100.0%)"),
]


def test_summary_counts_cells() -> None:
    assert summary(BASELINE, FINDINGS) == "1 regression in 1 of 2 cells"
    assert summary(BASELINE, FINDINGS[:1]) == "no regression in 2 cells against abc"
    single = BASELINE.model_copy(update={"cells": {"b/int8/codegen/m4": CellFigures(status="ok")}})
    assert summary(single, FINDINGS) == "1 regression in 1 of 1 cell"
    assert summary(single, []) == "no regression in 1 cell against abc"


def test_markdown_puts_regressions_first_and_escapes_bars() -> None:
    rows = markdown(BASELINE, FINDINGS).splitlines()[4:]
    assert rows == [
        "| regression | `b/int8/codegen/m4` | flash_bytes | 1 to 2 B (+100.0%) |",
        "| note | `b/int8/codegen/m4` | model | another \\| file |",
    ]


def test_annotations_escape_what_github_would_misread() -> None:
    assert github_annotations(FINDINGS) == [
        "::error title=b/int8/codegen/m4 flash_bytes::1 to 2 B (+100.0%25)"
    ]


def test_junit_can_be_read_whatever_a_compiler_said() -> None:
    coloured = Finding("a/int8/codegen/m4", "status", "regression", "\x1b[31merror\x1b[m: µ\x00")
    suite = ElementTree.fromstring(junit(BASELINE, [coloured]))
    assert suite.findtext("testcase/failure") == "status: �[31merror�[m: µ�"


def test_junit_has_a_case_for_each_cell() -> None:
    suite = ElementTree.fromstring(junit(BASELINE, FINDINGS))
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    passed, failed = suite.findall("testcase")
    assert len(passed) == 0
    failure = failed.find("failure")
    assert failure is not None
    assert failure.get("message") == "flash_bytes: 1 to 2 B (+100.0%)"
    assert failed.findtext("system-out") == "note: model: another | file"


def test_one_event_fails_all_of_its_cells() -> None:
    one = Finding("a/int8/codegen/m4", "accuracy", "regression", "fell", ("b/int8/codegen/m4",))
    assert summary(BASELINE, [one]) == "1 regression in 2 of 2 cells"
    assert "| regression | `a/int8/codegen/m4` and 1 more | accuracy | fell |" in markdown(
        BASELINE, [one]
    )
    assert github_annotations([one]) == [
        "::error title=a/int8/codegen/m4 and 1 more accuracy::fell"
    ]
    suite = ElementTree.fromstring(junit(BASELINE, [one]))
    assert suite.get("failures") == "2"
    assert [case.find("failure") is not None for case in suite] == [True, True]


def test_what_needs_more_runs_is_not_decided() -> None:
    open_ = Finding("a/int8/codegen/m4", "latency_median", "repeat", "4 more runs")
    assert summary(BASELINE, [open_]) == "not decided: 1 cell of 2 may be slower"
    assert "- m4: a step" in markdown(BASELINE, [open_], ["m4: a step"])
    assert github_annotations([open_]) == []
