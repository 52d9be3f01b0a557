"""Write the tables in docs/layers.md from harness/pruning/layer_support.py.

`.venv/bin/python scripts/layer_table.py`; a test checks that the committed page is up to date.
"""

from __future__ import annotations

from pathlib import Path

from harness.pruning.layer_support import ALL, LAYERS, PASSING, LayerSupport
from scripts.marked_part import with_part

PAGE = Path(__file__).resolve().parents[1] / "docs" / "layers.md"
MARKS = ("<!-- layers: scripts/layer_table.py -->", "<!-- end of layers -->")


def table() -> str:
    """One row a layer, then the layers that hand channels on."""
    lines = [
        "| layer | `magnitude` | `block` | `neuron`, `filter` | dtypes | |",
        "|---|---|---|---|---|---|",
    ]
    for layer in LAYERS:
        single = [_words(layer, able) for able in (layer.magnitude, layer.block)]
        dtypes = "all" if layer.dtypes == ALL else ", ".join(layer.dtypes)
        cells = (layer.kind, *single, layer.units, dtypes, layer.note)
        lines.append(f"| {' | '.join(cells)} |".replace("|  |", "| |"))
    return "\n".join([*lines, "", f"Channels pass through: {', '.join(PASSING)}."])


def _words(layer: LayerSupport, able: bool) -> str:
    if not layer.kernels:
        return "no kernel"
    return "yes" if able else "left alone"


def with_table(page: str) -> str:
    """The page's text with the table between its marks."""
    return with_part(page, MARKS, table())


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
