"""The gate's findings for people and machines: Markdown, JUnit XML, GitHub annotations."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree

from harness.compare.baseline import Baseline
from harness.compare.finding import Finding
from harness.results import escape
from harness.results.wording import plural

# What XML 1.0 has no way to write; compilers colour their messages with such
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
LEVELS = {"regression": "error", "moved": "warning"}
ORDER = {"regression": 0, "repeat": 1, "moved": 2, "improvement": 3, "note": 4}


def sorted_findings(findings: Sequence[Finding]) -> list[Finding]:
    """Regressions first, otherwise as they were found."""
    return sorted(findings, key=lambda finding: ORDER[finding.verdict])


def summary(baseline: Baseline, findings: Sequence[Finding]) -> str:
    """The outcome in one sentence."""
    bad = [finding for finding in findings if finding.verdict == "regression"]
    cells = plural(len(baseline.cells), "cell")
    if bad:
        worse = len({cell for finding in bad for cell in finding.cells})
        return f"{plural(len(bad), 'regression')} in {worse} of {cells}"
    open_ = [finding for finding in findings if finding.verdict == "repeat"]
    if open_:
        return f"not decided: {plural(len(open_), 'cell')} of {len(baseline.cells)} may be slower"
    moved = [finding for finding in findings if finding.verdict == "moved"]
    if moved:
        return f"{plural(len(moved), 'figure')} moved with another compiler or simulator"
    return f"no regression in {cells} against {baseline.commit or 'the baseline'}"


def where(finding: Finding) -> str:
    """The finding's cell, and how many others it is about."""
    return finding.cell + (f" and {len(finding.also)} more" if finding.also else "")


def markdown(baseline: Baseline, findings: Sequence[Finding], remarks: Sequence[str] = ()) -> str:
    """For a step summary or a pull request's comment; `remarks` are lines below the table."""
    lines = [f"### On-device gate: {summary(baseline, findings)}", ""]
    if findings:
        lines += ["| verdict | cell | figure | change |", "|---|---|---|---|"]
        lines += [
            f"| {each.verdict} | {_cells(each)} | {escape.markdown(each.figure)} "
            f"| {escape.markdown(each.detail)} |"
            for each in sorted_findings(findings)
        ]
    if remarks:
        lines += ["", *(f"- {escape.markdown(remark)}" for remark in remarks)]
    return "\n".join(lines) + "\n"


def _cells(finding: Finding) -> str:
    more = f" and {len(finding.also)} more" if finding.also else ""
    return f"{escape.markdown_code(finding.cell)}{more}"


def github_annotations(findings: Sequence[Finding]) -> list[str]:
    """GitHub workflow commands: an error for each regression, a warning for what moved.

    Escaping as GitHub's toolkit does it: per cent signs and line ends in messages, commas and
    colons too in properties.
    """
    return [
        f"::{level} title={_property(f'{where(each)} {each.figure}')}::{_message(each.detail)}"
        for each in findings
        if (level := LEVELS.get(each.verdict))
    ]


def junit(baseline: Baseline, findings: Sequence[Finding]) -> str:
    """JUnit XML: a test case for each cell of the baseline, failed by its regressions."""
    bad = [finding for finding in findings if finding.verdict == "regression"]
    failed = {cell for finding in bad for cell in finding.cells}
    suite = ElementTree.Element(
        "testsuite",
        name=_xml(f"harness compare {baseline.plan}"),
        tests=str(len(baseline.cells)),
        failures=str(len(failed)),
    )
    for cell in baseline.cells:
        target = cell.rsplit("/", 1)[-1]
        case = ElementTree.SubElement(suite, "testcase", name=_xml(cell), classname=_xml(target))
        mine = [finding for finding in findings if cell in finding.cells]
        worse = [finding for finding in mine if finding.verdict == "regression"]
        if worse:
            texts = [_xml(f"{finding.figure}: {finding.detail}") for finding in worse]
            failure = ElementTree.SubElement(case, "failure", message=texts[0])
            failure.text = "\n".join(texts)
        rest = [finding for finding in mine if finding.verdict != "regression"]
        if rest:
            output = ElementTree.SubElement(case, "system-out")
            output.text = "\n".join(
                _xml(f"{each.verdict}: {each.figure}: {each.detail}") for each in rest
            )
    ElementTree.indent(suite)
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def _xml(text: str) -> str:
    return NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)


def _message(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")
