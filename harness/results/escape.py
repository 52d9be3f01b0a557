"""Text from elsewhere made harmless in what it is written into: names of files, variants, classes,
texts of boards, messages of tools.

HTML is escaped by Jinja's autoescape, JSON, JUnit XML and GitHub's annotations by their writers.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd

from harness.results.visible import visible

MARKDOWN = re.compile(r"[\\`*\[\]<>|~$]|(?<![^\W_])_|_(?![^\W_])|&(?=#?\w+;)")
FORMULA = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")  # how spreadsheets begin formulas
LATEX = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "\N{MICRO SIGN}": r"$\mu$",
    "\N{SUPERSCRIPT TWO}": "$^2$",
    "\n": " ",
    **{char: f"\\{char}" for char in "&%$#_{}"},
}


def markdown(text: str) -> str:
    """Return the text as Markdown that shows it as it is, on one line, in a table's cell too."""
    return MARKDOWN.sub(lambda match: f"\\{match[0]}", visible(text).replace("\n", " "))


def markdown_code(text: str) -> str:
    """Return a span of code with the text; a backtick, which would end it, becomes an apostrophe.

    Tables are divided before code is looked for, so that bars are escaped here as well.
    """
    plain = visible(text).replace("\n", " ").replace("`", "'").replace("|", "\\|")
    return f"`{plain}`"


def latex(text: str) -> str:
    """Return the text as LaTeX that prints it as it is."""
    return "".join(LATEX.get(char, char) for char in visible(text))


def csv_text(value: Any) -> Any:
    """Return a value of a table; a text that a spreadsheet would run gets an apostrophe before."""
    if not isinstance(value, str):
        return value
    text = visible(value)
    return f"'{text}" if value.startswith(FORMULA) else text


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    """Write the table as CSV, its texts and the names of its columns as `csv_text` has them."""
    safe = frame.rename(columns=csv_text)
    for name in safe.select_dtypes(["object", "string", "category"]).columns:
        safe[name] = safe[name].map(csv_text)
    safe.to_csv(path, index=False)
