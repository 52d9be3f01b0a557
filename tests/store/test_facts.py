"""Facts into JSON and back: what is known comes back, what only a newer harness knows is left."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.store import (
    CellFacts,
    CellKey,
    CurrentFacts,
    EnergyFacts,
    LayerFacts,
    Stage,
    Store,
)
from harness.store.codec import to_json
from harness.store.facts import facts_json, facts_of
from tests.store.records import change

texts = st.text(max_size=20)
counts = st.integers(0, 2**40)
figures = st.floats(allow_nan=False, allow_infinity=False)
layers = st.builds(
    LayerFacts,
    index=counts,
    kind=texts,
    kernel=texts,
    macs=st.none() | counts,
    nonzero_macs=st.none() | counts,
    reason=texts,
    count=st.none() | figures,
    max_lsb=st.none() | counts,
    max_abs=st.none() | figures,
    output=st.none() | texts,
)
energies = st.builds(
    EnergyFacts,
    uj=figures,
    sd_uj=figures,
    low_uj=figures,
    high_uj=figures,
    windows=counts,
    invocations=counts,
    idle_mw=st.none() | figures,
    above_idle_uj=st.none() | figures,
    probe=texts,
)
currents = st.builds(CurrentFacts, active_ma=figures, supply_v=figures, at_hz=counts, source=texts)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "str | None": st.none() | texts,
    "int | None": st.none() | counts,
    "float | None": st.none() | figures,
    "bool | None": st.none() | st.booleans(),
    "tuple[LayerFacts, ...]": st.lists(layers, max_size=3).map(tuple),
    "dict[str, int] | None": st.none() | st.dictionaries(texts, counts, max_size=3),
    "tuple[float, float] | None": st.none() | st.tuples(figures, figures),
    "EnergyFacts | None": st.none() | energies,
    "CurrentFacts | None": st.none() | currents,
}
facts = st.builds(CellFacts, **{each.name: VALUES[str(each.type)] for each in fields(CellFacts)})


@given(facts)
def test_facts_come_back_from_json_as_they_were(known: CellFacts) -> None:
    assert facts_of(json.loads(to_json(facts_json(known)))) == known


@given(facts, facts)
def test_none_never_hides_a_fact(before: CellFacts, after: CellFacts) -> None:
    merged = facts_of(facts_json(before) | facts_json(after))
    for each in fields(CellFacts):
        newer = getattr(after, each.name)
        older = getattr(before, each.name)
        unknown = newer is None or newer == ()
        assert getattr(merged, each.name) == (older if unknown else newer)


def test_names_of_a_newer_harness_are_left_out() -> None:
    told = {
        "core": "m4",
        "moon_phase": 0.5,
        "layers": [{"index": 0, "kind": "CONV_2D", "colour": "red"}],
        "energy": None,
    }
    assert facts_of(told) == CellFacts(core="m4", layers=(LayerFacts(0, "CONV_2D"),))


def test_a_layer_has_a_name_and_one_error() -> None:
    layer = LayerFacts(3, "SOFTMAX", max_abs=0.5)
    assert (layer.name, layer.error) == ("3 SOFTMAX", 0.5)
    assert replace(layer, max_lsb=0).error == 0.0
    assert LayerFacts(0, "RESHAPE").error is None


@pytest.mark.parametrize(
    "told", [{"layers": 3}, {"layers": [{"kind": "X"}]}, {"energy": {"uj": 1.0}}, {"current": [1]}]
)
def test_another_structure_is_an_error(told: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        facts_of(told)


# As a run stored them before facts were a record: the newest facts win, names and values as here.
OLD_FACTS = (
    {"target_title": "Arduino Uno", "core": "avr5", "clock_hz": 16_000_000, "flash_limit": 32_256,
     "timing_kind": "cycle-accurate", "latency_unit": "cycles", "ram_limit": 2_048,
     "current": {"active_ma": 5.2, "supply_v": 5.0, "at_hz": 8_000_000, "source": "Table 28-1"},
     "arena_bytes": 600, "weights_bytes": 9_000,
     "layers": [{"index": 0, "kind": "CONV_2D", "kernel": "engine_conv_s8", "macs": 576,
                 "nonzero_macs": 500, "reason": "dense"}]},
    {"flash_bytes": 12_000, "ram_bytes": 700, "sections": {".text": 12_000, ".bss": 700},
     "image_flash_bytes": 20_000},
    {"layers": [{"index": 0, "kind": "CONV_2D", "kernel": "engine_conv_s8", "macs": 576,
                 "nonzero_macs": 500, "reason": "dense", "count": 812.0, "max_lsb": 0,
                 "max_abs": None}], "layers_build_id": "b"},
)  # fmt: skip


def test_a_store_of_before_is_read(tmp_path: Path) -> None:
    with Store(tmp_path / "results.sqlite") as store:
        run = store.begin_run(
            plan_name="p", plan_text="", plan_digest="", provenance={},
            labels=np.empty(0, np.int64), classes=0,
        )  # fmt: skip
        cell = store.put_cell(run, CellKey("v", "int8", "codegen", "uno"), build_id="b")
        store.fail_cell(cell, Stage.MEASURE, "silent")
        change(
            store.path,
            *(
                f"INSERT INTO facts VALUES (NULL,{cell},NULL,'{json.dumps(told)}',0)"
                for told in OLD_FACTS
            ),
        )
        (found,) = store.cells(run)
    assert (found.status, found.stage) == ("failed", "measure")
    assert found.facts == CellFacts(
        target_title="Arduino Uno",
        core="avr5",
        clock_hz=16_000_000,
        timing_kind="cycle-accurate",
        latency_unit="cycles",
        flash_limit=32_256,
        ram_limit=2_048,
        current=CurrentFacts(5.2, 5.0, 8_000_000, "Table 28-1"),
        arena_bytes=600,
        weights_bytes=9_000,
        layers=(LayerFacts(0, "CONV_2D", "engine_conv_s8", 576, 500, "dense", 812.0, 0, None),),
        layers_build_id="b",
        flash_bytes=12_000,
        ram_bytes=700,
        sections={".text": 12_000, ".bss": 700},
        image_flash_bytes=20_000,
    )


def test_what_is_stored_has_the_names_of_before(tmp_path: Path) -> None:
    """A harness of before reads them: flat, and without what is not known."""
    put = facts_of({name: value for told in OLD_FACTS for name, value in told.items()})
    with Store(tmp_path / "results.sqlite") as store:
        run = store.begin_run(
            plan_name="p", plan_text="", plan_digest="", provenance={},
            labels=np.empty(0, np.int64), classes=0,
        )  # fmt: skip
        store.put_cell(run, CellKey("v", "int8", "codegen", "uno"), facts=put)
        with sqlite3.connect(store.path) as database:
            ((text,),) = database.execute("SELECT facts FROM facts").fetchall()
    assert json.loads(text) == {name: value for told in OLD_FACTS for name, value in told.items()}
