"""Names and texts from elsewhere in CSV, Markdown, LaTeX and the terminal, which must not act."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd
import pytest

from harness.results.escape import csv_text, latex, markdown, markdown_code, write_csv
from harness.results.visible import visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("red \x1b[31mtext\x07", "red \\x1b[31mtext\\x07"),
        ("title \x9d0;x\x9c", "title \\x9d0;x\\x9c"),
        ("over\rwritten", "over\\rwritten"),
        ("left \u202eto right", "left \\u202eto right"),
        ("two\nlines\tand a tab µ é 漢", "two\nlines\tand a tab µ é 漢"),
    ],
)
def test_control_characters_are_written_out(text: str, shown: str) -> None:
    assert visible(text) == shown


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d"])
def test_a_text_that_a_spreadsheet_would_run_is_quoted(tmp_path: Path, first: str) -> None:
    text = f"{first}1+1"
    frame = pd.DataFrame({text: [text, "harmless", None], "number": [-1.5, 2, 3]})
    path = tmp_path / "table.csv"
    write_csv(frame, path)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows == [
        [f"'{visible(text)}", "number"],
        [f"'{visible(text)}", "-1.5"],
        ["harmless", "2.0"],
        ["", "3.0"],
    ]
    assert frame.columns.tolist() == [text, "number"]


def test_numbers_stay_numbers() -> None:
    values = (-3, 2.5, True, None, "a=b")
    assert tuple(map(csv_text, values)) == values


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("magnitude_80 int8", "magnitude_80 int8"),
        ("_it_ *b* `c`", r"\_it\_ \*b\* \`c\`"),
        ("a|b\nc", r"a\|b c"),
        ("![x](http://y)", r"!\[x\](http://y)"),
        ("<img src=x> &lt;", r"\<img src=x\> \&lt;"),
        ("R&D, 5 & 6, ~5", r"R&D, 5 & 6, \~5"),
        ("\x1b[2J", r"\\x1b\[2J"),
    ],
)
def test_markdown_shows_the_text_as_it_is(text: str, written: str) -> None:
    assert markdown(text) == written


def test_code_in_markdown_ends_where_it_should() -> None:
    assert markdown_code("a`b|c\nd") == "`a'b\\|c d`"


def test_latex_prints_the_text_as_it_is() -> None:
    given = "\\input{x} 5 % $a_1^2$ # & ~\n\x1b"
    assert latex(given) == (
        r"\textbackslash{}input\{x\} 5 \% \$a\_1\textasciicircum{}2\$ \# \& \textasciitilde{} "
        r"\textbackslash{}x1b"
    )
