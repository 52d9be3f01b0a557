"""Modelled costs of whole models: the sums of the build's calls, and known counts."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from harness.codegen import compile_model, modelled_cost, modelled_time, read_model
from harness.codegen.cores import CORES
from harness.codegen.operator_cost import OTHER, TABLE, Amounts, operator_time
from harness.errors import InputError

DATA = Path(__file__).parents[1] / "data"
CORE = "cortex-m4f"
# Instructions of one inference that the M4 simulator counted, GCC 12.2.
COUNTED = {"digits_int8": 27_796}


@pytest.mark.parametrize("name", ["digits_int8", "digits_sparse_int8", "resnet_int8", "dscnn_int8"])
def test_costs_are_those_of_the_build(name: str) -> None:
    data = (DATA / f"{name}.tflite").read_bytes()
    cost, model = modelled_cost(read_model(data), CORE), compile_model(data, "m", core=CORE)
    assert (cost.const_bytes, cost.arena_bytes) == (model.const_bytes, model.arena_bytes)
    assert [each.kernel for each in cost.operators] == [op.kernel for op in model.ops]
    assert cost.time == sum(each.time for each in cost.operators)
    assert all(each.time > 0 or each.kernel == "none" for each in cost.operators)
    assert all(each.measured for each in cost.operators)
    assert cost.unit == "instructions"
    weights = [(c.time, e.time) for c, e in zip(model.calls, cost.operators, strict=True) if c.time]
    assert all(known == modelled for known, modelled in weights)


def test_the_whole_time_is_close_to_the_counted_one() -> None:
    for name, counted in COUNTED.items():
        time = modelled_time(read_model((DATA / f"{name}.tflite").read_bytes()), CORE)
        assert 0.9 < time / counted < 1.1


def test_a_softmax_takes_time_that_grows_with_its_row() -> None:
    call = next(
        call
        for call in compile_model((DATA / "digits_int8.tflite").read_bytes(), "m", core=CORE).calls
        if call.kernel == "engine_softmax_s8"
    )
    graph = read_model((DATA / "digits_int8.tflite").read_bytes())
    assert 100 < operator_time(graph, call, CORE) < 2000


def test_the_table_has_three_times_a_kernel_and_others_everywhere() -> None:

    table = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    assert set(table) <= {core.measured_as for core in CORES.values()}
    for entries in table.values():
        assert OTHER in entries
        assert all(len(times) == len(Amounts()) and min(times) >= 0 for times in entries.values())


def test_a_core_without_a_table_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.codegen.operator_cost._table", lambda: {"avr": {}})
    with pytest.raises(InputError, match="no table of operators' times"):
        modelled_time(read_model((DATA / "digits_int8.tflite").read_bytes()), CORE)
