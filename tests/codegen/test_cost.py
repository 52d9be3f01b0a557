from __future__ import annotations

import tomllib
from dataclasses import replace

import numpy as np
import pytest

from harness.codegen import OpInfo, compile_model
from harness.codegen.calls import Call
from harness.codegen.constants import TableConstants
from harness.codegen.cores import CORES, GENERIC, Core
from harness.codegen.cost import (
    TABLE,
    DenseCost,
    SparseCost,
    Timing,
    Work,
    cheaper,
)
from tests.engine.tflite_builder import TfliteBuilder

# The first core of every entry of the table; with vectors, dense int8 layers are too fast to lose.
MEASURED = [
    name
    for name in {core.measured_as: name for name, core in reversed(CORES.items())}.values()
    if not CORES[name].mve
]
WORK = Work(
    windows=1, border=0, runs=1, taps=100, stored=100, live=50, constant=0, segments=1, nonzero=1000
)  # fmt: skip


def layer(zeros: float, dtype: str = "int8") -> bytes:
    """A fully connected layer of 100 inputs and 40 outputs with that share of zeros."""
    b = TfliteBuilder()
    weights = np.ones(4000)
    weights[: round(4000 * zeros)] = 0
    weights = np.random.default_rng(3).permutation(weights).reshape(40, 100)
    scales = {"scales": [0.05]} if dtype == "int8" else {}
    source = b.tensor(dtype, (1, 100), **scales)
    result = b.tensor(dtype, (1, 40), **scales)
    constant = b.tensor(dtype, (40, 100), data=weights, **scales)
    b.operator("FULLY_CONNECTED", [source, constant], [result])
    b.inputs, b.outputs = [source], [result]
    return b.build()


def op(zeros: float, core: str, dtype: str = "int8") -> OpInfo:
    return compile_model(layer(zeros, dtype), "m", core=core).ops[0]


TIMING = Timing(
    vector=DenseCost(1, 0, 10, 2, 3),
    matrix=DenseCost(1, 0.5, 10, 1, 3),
    conv=DenseCost(7, 0.5, 10, 1, 0, pool=20),
    one=SparseCost(9, 20, 3, 4, 5),
    border=SparseCost(9, 30, 3, 4, 9),
    four=SparseCost(9, 50, 6, 7, 12),
    best=SparseCost(9, 40, 6, 7, 12),
)


def test_dense_times_add_up() -> None:
    assert TIMING.dense(WORK) == 1 + 50 * 10 + 2 * 100 * 50 + 3 * 100 * 2
    matrix = 6 * (1 + 0.5 * 100 + 50 * 10 + 100 * 50 + 3 * 100 * 2)
    assert TIMING.dense(replace(WORK, windows=6)) == matrix
    rows = replace(
        WORK, windows=4, border=2, runs=3, stored=108
    )  # of 34 taps, which take 36 places
    assert TIMING.dense(rows) == 6 * (7 + 0.5 * 108 + 50 * 10 + 108 * 50)
    pooled = replace(rows, windows=8, border=0, pooled_by=(True, True))
    assert TIMING.dense(pooled) == 8 * (7 + 0.5 * 108 + 108 * 50) + 2 * 50 * 10
    by_itself = replace(pooled, pooled_by=(False, True))
    assert TIMING.dense(by_itself) == 8 * (7 + 0.5 * 108 + 50 * 10 + 108 * 50 + 50 * 20)


def test_sparse_times_add_up() -> None:
    one = 9 + 20 * 50 + 4 * 50 + 5 * 1000
    assert TIMING.sparse(WORK) == one
    four = 9 + 50 * 50 + 7 * 50 + 12 * 1000
    assert TIMING.sparse(replace(WORK, windows=9)) == 2 * four + one
    border = 9 + 30 * 50 + 3 * 7 + 4 * 50 + 9 * 1000
    assert TIMING.sparse(replace(WORK, windows=0, border=1, constant=7)) == border
    best = 9 + 40 * 50 + 7 * 50 + 12 * 1000
    assert TIMING.sparse(replace(WORK, windows=8, pooled_by=(True, True))) == 2 * best
    by_itself = replace(WORK, windows=4, pooled_by=(True, False))
    assert TIMING.sparse(by_itself) == four + 4 * 50 * 20


@pytest.mark.parametrize("core", CORES.values(), ids=lambda core: core.name)
def test_cores_have_the_times_of_their_like(core: Core) -> None:
    """Of themselves where they were measured, of all AVRs, of a core with the same instructions."""
    entries = tomllib.loads(TABLE.read_text())
    if core.name in entries:
        assert core.measured_as == core.name
    elif core.family in entries:
        assert core.measured_as == core.family
    elif core.family == "any":
        assert core.measured_as == "cortex-m4f"
    else:
        measured = CORES[core.measured_as]
        assert (core.family, core.dsp, core.mve) == (measured.family, measured.dsp, measured.mve)


def test_every_core_is_measured_as_an_entry_of_the_table_and_no_entry_is_idle() -> None:
    entries = tomllib.loads(TABLE.read_text())
    assert {core.measured_as for core in CORES.values()} == set(entries)


@pytest.mark.parametrize("core", MEASURED)
@pytest.mark.parametrize("dtype", ["int8", "float32"])
def test_dense_without_zeros_and_sparse_with_many(core: str, dtype: str) -> None:
    assert "sparse" not in op(0.0, core, dtype).kernel
    assert "sparse" in op(0.9, core, dtype).kernel


@pytest.mark.parametrize("core", [core.name for core in CORES.values() if core.mve])
def test_cores_with_vectors_turn_sparse_late_in_int8(core: str) -> None:
    """Their dense kernel takes 16 weights an instruction, their sparse one 8 inputs a gather."""
    assert "sparse" not in op(0.8, core).kernel
    assert "sparse" in op(0.85, core).kernel
    assert "sparse" in op(0.9, core, "float32").kernel


@pytest.mark.parametrize("dtype", ["int8", "float32"])
def test_every_core_turns_sparse_once(dtype: str) -> None:
    turns = {}
    for core in MEASURED:
        sparse = ["sparse" in op(zeros / 20, core, dtype).kernel for zeros in range(21)]
        turns[core] = sparse.index(True)
        assert all(sparse[turns[core] :])
    # dense int8 kernels take 0.9 instructions a weight on an M4: sparse ones gain late
    assert 0 < min(turns.values()) <= max(turns.values()) < 18
    # A sparse weight takes two bytes in int8 and five in float32, a dense one takes one and four.
    assert min(turns.values()) * 0.05 >= (0.5 if dtype == "int8" else 0.2)


def test_reason_tells_weights_times_and_flash() -> None:
    sparse = op(0.8, "avr5")
    assert sparse.reason.startswith("sparse: 800 of 4,000 weights, modelled ")
    assert " k cycles, " in sparse.reason
    assert sparse.reason.endswith(" against 4,180 B")
    dense = op(0.1, "cortex-m4f").reason
    assert dense.startswith("dense: 3,600 of 4,000 weights, modelled ")
    assert " k instructions, 4,180 against " in dense


def test_counts_stay_those_of_the_layer() -> None:
    for zeros in (0.0, 0.9):
        info = op(zeros, GENERIC)
        assert (info.macs, info.nonzero_macs) == (4000, round(4000 * (1 - zeros)))
    assert compile_model(layer(0.9), "m").const_bytes < compile_model(layer(0.0), "m").const_bytes


def call(kernel: str, size: int) -> Call:
    return Call(kernel, (0,), 1, constants=TableConstants(table=np.zeros(size, np.int8)))


@pytest.mark.parametrize(("size", "kernel"), [(99, "sparse"), (100, "dense"), (101, "dense")])
def test_flash_decides_between_equal_times(
    size: int, kernel: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Timing, "dense", lambda *_: 1000.0)
    monkeypatch.setattr(Timing, "sparse", lambda *_: 1040.0)
    chosen = cheaper(call("dense", 100), call("sparse", size), WORK, "int8", GENERIC)
    assert chosen.kernel == kernel


@pytest.mark.parametrize(("size", "kernel"), [(99, "sparse"), (105, "sparse"), (106, "dense")])
def test_time_is_worth_little_flash(
    size: int, kernel: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Timing, "dense", lambda *_: 2000.0)
    monkeypatch.setattr(Timing, "sparse", lambda *_: 1000.0)
    chosen = cheaper(call("dense", 100), call("sparse", size), WORK, "int8", GENERIC)
    assert chosen.kernel == kernel


@pytest.mark.parametrize(("time", "kernel"), [(1330.0, "sparse"), (1340.0, "dense")])
@pytest.mark.parametrize("size", [75, 76])
def test_much_flash_is_worth_little_time(
    time: float, kernel: str, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Timing, "dense", lambda *_: 1000.0)
    monkeypatch.setattr(Timing, "sparse", lambda *_: time)
    chosen = cheaper(call("dense", 100), call("sparse", size), WORK, "int8", GENERIC)
    assert chosen.kernel == (kernel if size == 75 else "dense")


def test_half_of_the_weights_saves_no_fifth_of_the_time_and_less_does_without_dsp() -> None:
    assert not any("sparse" in op(0.5, core).kernel for core in MEASURED)
    one_by_one = {name for name in MEASURED if CORES[name].family != "any" and not CORES[name].dsp}
    assert {core for core in MEASURED if "sparse" in op(0.55, core).kernel} == one_by_one
