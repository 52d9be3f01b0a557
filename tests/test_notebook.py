"""The notebook's outputs are what its code gives today."""

import base64
import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
NOTEBOOK = ROOT / "docs" / "results.ipynb"
spec = importlib.util.spec_from_file_location("run_notebook", ROOT / "scripts" / "run_notebook.py")
assert spec is not None
assert spec.loader is not None
run_notebook = importlib.util.module_from_spec(spec)
spec.loader.exec_module(run_notebook)


def without_pictures(outputs: list[list[dict[str, Any]]]) -> str:
    """All outputs as text; pictures differ by fonts."""
    found = json.loads(json.dumps(outputs))
    for cell in found:
        for output in cell:
            picture = output.get("data", {}).pop("image/png", None)
            assert picture is None or base64.b64decode(picture).startswith(b"\x89PNG")
    return json.dumps(found, indent=1)


@pytest.fixture(scope="module")
def outputs() -> Any:
    return run_notebook.run_cells(NOTEBOOK)


def test_the_outputs_are_those_of_the_committed_sample(outputs: list[list[dict[str, Any]]]) -> None:
    content = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    kept = [cell["outputs"] for cell in content["cells"] if cell["cell_type"] == "code"]
    assert without_pictures(outputs) == without_pictures(kept), "run scripts/run_notebook.py on it"
    assert sum("image/png" in each.get("data", {}) for cell in kept for each in cell) == 1
    assert sum(bool(cell) for cell in kept) == len(kept)


def test_the_report_names_the_candidates_of_the_notebook(
    outputs: list[list[dict[str, Any]]],
) -> None:
    told = ["".join(output["data"]["text/plain"]) for cell in outputs for output in cell
            if "data" in output]  # fmt: skip
    (chosen,) = (text for text in told if "latency_unit" in text)
    page = (ROOT / "reports" / "sample" / "results.md").read_text(encoding="utf-8")
    for line in chosen.splitlines()[1:]:
        _, _, variant, dtype, *_ = line.split()
        named = (f"{verdict} {variant} {dtype}" for verdict in ("Ship", "Candidate"))
        not_shown = f"{variant} {dtype} is faster, but a drop of up to"
        assert any(text in page for text in (*named, not_shown))
    assert len(chosen.splitlines()) == 5


def test_a_cell_gives_what_it_prints_and_its_last_value(tmp_path: Path) -> None:
    cells = ["x = 6", "print('six')\nx * 7", "x;"]
    book = tmp_path / "book.ipynb"
    code = [{"cell_type": "code", "source": text, "outputs": []} for text in cells]
    book.write_text(json.dumps({"cells": [*code, {"cell_type": "markdown", "source": "x"}]}))
    found = run_notebook.run_cells(book)
    assert [len(cell) for cell in found] == [0, 2, 0]
    assert found[1][0]["text"] == ["six\n"]
    assert found[1][1]["data"] == {"text/plain": ["42"]}
    again = json.loads(run_notebook.with_outputs(book.read_text(), found))
    assert [cell.get("execution_count") for cell in again["cells"]] == [1, 2, 3, None]
