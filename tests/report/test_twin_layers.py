"""TFLM's layers beside those of codegen."""

from __future__ import annotations

from dataclasses import replace

from harness.report.kernels import kernels_of, unlayered
from harness.report.twin_layers import tflm_counts
from harness.results.data import RunData, load_run
from harness.store import CellKey, LayerFacts
from tests.report.synthetic import Made

OURS = (
    LayerFacts(0, "CONV_2D", "engine_conv_max_pool_s8", count=700.0),
    LayerFacts(2, "RESHAPE", "none"),
    LayerFacts(3, "FULLY_CONNECTED", "engine_fc_s8", count=100.0),
)
THEIRS = tuple(
    LayerFacts(index, kind, "TFLM", count=ticks)
    for index, kind, ticks in (
        (0, "CONV_2D", 1_900.0),
        (1, "MAX_POOL_2D", 300.0),
        (2, "RESHAPE", 40.0),
        (3, "FULLY_CONNECTED", 250.0),
    )
)


def both_engines(made: Made) -> RunData:
    """The run with layers of one cell, and that cell once more as TFLM's."""
    data = load_run(made.store, made.run_id)
    ours = next(cell for cell in data.cells if cell.record.key.target == "qemu-m4")
    theirs = replace(ours.record, key=replace(ours.record.key, engine="tflm"))
    cells = [
        replace(ours, record=replace(record, facts=replace(record.facts, layers=layers)))
        for record, layers in ((ours.record, OURS), (theirs, THEIRS))
    ]
    return replace(data, cells=cells)


def test_operators_that_one_kernel_computes_are_added(made: Made) -> None:
    data = both_engines(made)
    ours, theirs = data.cells
    assert tflm_counts(data, ours) == {0: 2_240.0, 3: 250.0}
    assert tflm_counts(data, theirs) == {}
    assert tflm_counts(replace(data, cells=[ours]), ours) == {}


def test_the_table_of_layers_has_a_column_for_them(made: Made) -> None:
    ours, theirs = kernels_of(both_engines(made))
    titles = [head.title for head in ours.table.heads]
    place = titles.index("TFLM")
    assert titles[place - 1] == "Latency"
    assert [row[place] for row in ours.table.texts] == ["2,240", "", "250"]
    assert "TFLM" not in [head.title for head in theirs.table.heads]
    assert theirs.name == f"{ours.name} (tflm)"


def test_a_key_without_twin_has_none(made: Made) -> None:
    data = both_engines(made)
    other = replace(data.cells[1].record, key=CellKey("other", "int8", "tflm", "qemu-m4"))
    cells = [data.cells[0], replace(data.cells[1], record=other)]
    assert tflm_counts(replace(data, cells=cells), cells[0]) == {}


def test_layers_without_figures_have_their_reason_on_the_page(made: Made) -> None:
    data = both_engines(made)
    ours, theirs = data.cells
    facts = replace(theirs.record.facts, layers=(), layers_reason="no events")
    cells = [ours, replace(theirs, record=replace(theirs.record, facts=facts))]
    key = ours.record.key
    wanted = f"{key.variant} {key.dtype} (tflm) on {key.target}: no events."
    assert unlayered(replace(data, cells=cells)) == (wanted,)
    assert unlayered(data) == ()
