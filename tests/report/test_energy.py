"""Energy in table, page and Markdown: shown where a cell has any, and never without its kind."""

from __future__ import annotations

from typing import Any

import pytest

from harness.report.markdown import render_markdown
from harness.report.page import Page, make_page
from harness.results.data import load_run
from harness.results.table import frame_of
from harness.store import CellFacts, CellKey, CurrentFacts, EnergyFacts
from tests.report.synthetic import Made

SOURCE = "some datasheet, Table 7"
CURRENT = CurrentFacts(active_ma=4.0, supply_v=3.0, at_hz=10_000_000, source=SOURCE)
MEASURED = EnergyFacts(
    uj=41.25,
    sd_uj=0.5,
    low_uj=40.6,
    high_uj=41.9,
    windows=5,
    invocations=812,
    idle_mw=20.5,
    above_idle_uj=30.0,
    probe="PPK2, 100 kS/s, 3.3 V",
)


def add(made: Made, variant: str, **facts: Any) -> None:
    key = CellKey(variant, "int8", "codegen", "qemu-m4")
    board = CellFacts(timing_kind="cycle-accurate", latency_unit="cycles", **facts)
    made.store.put_cell(made.run_id, key, facts=board)


def page_of(made: Made) -> Page:
    data = load_run(made.store, made.run_id)
    return make_page(data, frame_of(data), 0.01)


def test_the_column_is_hidden_where_nothing_has_energy(made: Made) -> None:
    page = page_of(made)
    assert "Energy" not in {head.title for target in page.targets for head in target.heads}
    assert "µJ" not in render_markdown(page)


def test_measured_and_estimated_energy_tell_what_they_are(made: Made) -> None:
    add(made, "neuron", energy=MEASURED, current=CURRENT)
    add(made, "original", current=CURRENT, energy_reason="uno: the probe lost 7 samples")
    page = page_of(made)
    section = next(target for target in page.targets if target.name == "qemu-m4")
    heads = [head.title for head in section.heads]
    assert heads.index("Speed") < heads.index("Energy") < heads.index("Flash")
    rows = {
        row.name: {cell.heads[0].title: cell.value for cell in row.cells}
        for row in section.rows
        if row.dtype == "int8"
    }
    for row in section.rows:
        assert [head.title for cell in row.cells for head in cell.heads] == heads
    others = [target for target in page.targets if target.name != "qemu-m4"]
    assert others
    assert "Energy" not in {head.title for target in others for head in target.heads}
    assert list(page.columns) == heads
    energy = rows["neuron"]["Energy"]
    assert (energy.text, energy.note) == ("41.25", "±0.650 measured")
    assert rows["original"]["Energy"].note == "estimate"
    assert rows["magnitude"]["Energy"].text == "–"  # noqa: RUF001
    assert "measured (PPK2, 100 kS/s, 3.3 V, 5 windows)" in section.method
    assert f"datasheet estimate (4 mA at 3 V and 10 MHz, in proportion to the clock: {SOURCE})" in (
        section.method
    )
    assert "the board draws 20.50 mW" in section.method
    assert "Energy was not measured: uno: the probe lost 7 samples." in section.method
    assert "41.25 (±0.650 measured)" in render_markdown(page)


def test_the_table_has_every_figure(made: Made) -> None:
    add(made, "neuron", energy=MEASURED)
    add(made, "original", current=CURRENT)
    frame = frame_of(load_run(made.store, made.run_id)).query("target == 'qemu-m4'")
    rows = {row.variant: row for row in frame.itertuples() if row.dtype == "int8"}
    neuron, original = rows["neuron"], rows["original"]
    assert (neuron.energy_uj, neuron.energy_sd_uj, neuron.energy_windows) == (41.25, 0.5, 5)
    assert (neuron.energy_idle_mw, neuron.energy_above_idle_uj) == (20.5, 30.0)
    assert (neuron.energy_kind, neuron.energy_invocations) == ("measured", 812)
    # 12 mW at 10 MHz: 1.2 nJ a cycle
    assert original.energy_uj == pytest.approx(original.latency_median * 1.2e-3)
    assert original.energy_kind == "estimate"
