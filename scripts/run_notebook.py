"""Run a notebook's cells from top to bottom and keep what they put out, without Jupyter.

`.venv/bin/python scripts/run_notebook.py docs/results.ipynb`. Cells run in the notebook's own
folder. What is kept of a cell: its printed text, the value of its last expression (text, and HTML
of a DataFrame; none behind a semicolon), and the Matplotlib figure it leaves, as PNG.
"""

from __future__ import annotations

import ast
import base64
import contextlib
import io
import json
import os
import sys
from pathlib import Path
from typing import Any

Outputs = list[dict[str, Any]]


def run_cells(path: Path) -> list[Outputs]:
    """The outputs of every code cell, in order, as nbformat 4 has them."""
    import matplotlib as mpl
    import pandas as pd

    mpl.use("agg")
    content = json.loads(path.read_text(encoding="utf-8"))
    names: dict[str, Any] = {"__name__": "__main__"}
    code = ["".join(cell["source"]) for cell in content["cells"] if cell["cell_type"] == "code"]
    # widths are those of a notebook, whatever terminal this runs in
    with (
        contextlib.chdir(path.parent),
        pd.option_context("display.width", 100, "display.max_columns", 12),
        mpl.rc_context({"figure.dpi": 100, "savefig.dpi": 100}),
    ):
        return [_run(source, names, number) for number, source in enumerate(code, 1)]


def with_outputs(text: str, outputs: list[Outputs]) -> str:
    """The notebook's text with these outputs in its code cells, numbered from 1."""
    content = json.loads(text)
    code = [cell for cell in content["cells"] if cell["cell_type"] == "code"]
    for number, (cell, found) in enumerate(zip(code, outputs, strict=True), 1):
        cell["execution_count"] = number
        cell["outputs"] = found
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def _run(source: str, names: dict[str, Any], number: int) -> Outputs:
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    printed = io.StringIO()
    value = None
    with contextlib.redirect_stdout(printed):
        exec(compile(tree, f"<cell {number}>", "exec"), names)  # noqa: S102 its own notebook
        if isinstance(last, ast.Expr):
            expression = ast.Expression(last.value)
            value = eval(compile(expression, f"<cell {number}>", "eval"), names)  # noqa: S307
    found: Outputs = []
    if printed.getvalue():
        found.append(
            {"name": "stdout", "output_type": "stream", "text": _lines(printed.getvalue())}
        )
    found += _figures()
    if value is not None and not source.rstrip().endswith(";"):
        found.append(_result(value, number))
    return found


def _result(value: Any, number: int) -> dict[str, Any]:
    data = {"text/plain": _lines(repr(value))}
    as_html = getattr(value, "_repr_html_", None)
    if as_html is not None:
        data = {"text/html": _lines(as_html()), **data}
    return {
        "data": data,
        "execution_count": number,
        "metadata": {},
        "output_type": "execute_result",
    }


def _figures() -> Outputs:
    import matplotlib.pyplot as plt

    found = []
    for number in plt.get_fignums():
        file = io.BytesIO()
        figure = plt.figure(number)
        figure.savefig(file, format="png", bbox_inches="tight", metadata={"Software": None})
        plt.close(figure)
        data = {"image/png": base64.b64encode(file.getvalue()).decode() + "\n",
                "text/plain": ["<Figure>"]}  # fmt: skip
        found.append({"data": data, "metadata": {}, "output_type": "display_data"})
    return found


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def main() -> None:
    """Run the notebooks that are named."""
    for name in sys.argv[1:]:
        path = Path(name).resolve()
        outputs = run_cells(path)
        beside = path.with_suffix(f".{os.getpid()}")
        beside.write_text(with_outputs(path.read_text(encoding="utf-8"), outputs), encoding="utf-8")
        beside.replace(path)


if __name__ == "__main__":
    main()
