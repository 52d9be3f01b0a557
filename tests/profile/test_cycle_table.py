"""Cycles of single instructions, from the manuals that the tables name."""

import pytest

from harness.codegen.cores import CORES
from harness.profile.cycle_table import FOLDER, registers, table_for
from harness.profile.listing import Instruction
from tests.chosen_targets import CATALOGUE, cores_where, targets_of


def cycles(core: str, mnemonic: str, operands: str = "", taken: int = 0) -> int:
    table = table_for(core)
    assert table is not None
    return table.cycles(Instruction(0, mnemonic, operands, "f"), 1, taken)


def class_name(core: str, mnemonic: str) -> str:
    table = table_for(core)
    assert table is not None
    return table.class_of(Instruction(0, mnemonic, "", "f")).name


@pytest.mark.parametrize(
    ("mnemonic", "operands", "expected"),
    [
        ("add", "r0, r1, r2", 1),
        ("smlad", "r0, r1, r2, r3", 1),
        ("mla", "r0, r1, r2, r3", 1),
        ("smull", "r0, r1, r2, r3", 1),
        ("sdiv", "r0, r1, r2", 7),
        ("ldr", "r0, [r1]", 2),
        ("ldrsb", "r0, [r1, r2]", 2),
        ("ldr", "pc, [r1]", 4),
        ("ldrd", "r0, r1, [r2]", 3),
        ("ldmia", "r0!, {r1, r2, r4-r7}", 7),
        ("pop", "{r4, pc}", 5),
        ("str", "r0, [r1]", 1),
        ("strd", "r0, r1, [r2]", 3),
        ("push", "{r4, r5, lr}", 4),
        ("it", "ne", 1),
        ("vldr", "s0, [r0]", 2),
        ("vldmia", "r0!, {s0-s3}", 5),
        ("vfma.f32", "s0, s1, s2", 3),
        ("vadd.f32", "s0, s1, s2", 1),
        ("vdiv.f32", "s0, s1, s2", 14),
        ("bl", "400", 1),
        ("cbz", "r0, 400", 1),
        ("bic", "r0, r1", 1),  # no branch, though it begins like one
    ],
)
def test_cortex_m4(mnemonic: str, operands: str, expected: int) -> None:
    assert cycles("cortex-m4f", mnemonic, operands) == expected


@pytest.mark.parametrize(
    ("mnemonic", "expected"),
    [
        ("smlad", "multiply-add"),
        ("smladx", "multiply-add"),
        ("smuad", "multiply-add"),
        ("smlsd", "multiply-add"),
        ("smlald", "multiply-add"),
        ("smlabb", "multiply-add"),
        ("smmlar", "multiply-add"),
        ("mlane", "multiply-add"),
        ("smlal", "long multiply"),
        ("mul", "multiply"),
        ("smulbb", "multiply"),
        ("sxtb16", "arithmetic"),
        ("smc", "arithmetic"),
    ],
)
@pytest.mark.parametrize("core", cores_where(lambda core: core.dsp and bool(core.cycle_table)))
def test_products_are_counted_apart(core: str, mnemonic: str, expected: str) -> None:
    assert class_name(core, mnemonic) == expected


@pytest.mark.parametrize("core", cores_where(lambda core: bool(core.cycle_table)))
def test_every_core_has_products(core: str) -> None:
    mnemonic = "muls" if CORES[core].family == "arm" else "mul"
    assert class_name(core, mnemonic) == "multiply"


def test_a_core_without_dsp_instructions_multiplies_and_adds() -> None:
    assert class_name("cortex-m3", "mla") == "multiply-add"


def test_only_branches_taken_cost_more() -> None:
    assert cycles("cortex-m4f", "bne", "400", taken=1) == 3
    assert cycles("cortex-m4f", "bl", "400", taken=1) == 3
    assert cycles("cortex-m4f", "tbb", "[pc, r0]", taken=1) == 4
    assert cycles("rv32imc", "bnez", "a0, 400", taken=1) == 3


def test_cores_differ_where_their_manuals_do() -> None:
    assert cycles("cortex-m3", "mla", "r0, r1, r2, r3") == 2
    assert cycles("cortex-m3", "smull", "r0, r1, r2, r3") == 4
    assert cycles("cortex-m0plus", "str", "r0, [r1]") == 2
    assert cycles("cortex-m0", "bne", "400", taken=1) == 3
    assert cycles("cortex-m0plus", "bne", "400", taken=1) == 2
    assert cycles("cortex-m0plus", "bl", "400", taken=1) == 3
    assert cycles("cortex-m0plus", "pop", "{r4, pc}") == 5
    assert cycles("rv32imc", "lw", "a0, 0(a1)") == 2
    assert cycles("rv32imc", "div", "a0, a1, a2") == 20


def test_every_table_is_of_some_core() -> None:
    tables = {path.stem for path in FOLDER.glob("*.toml")}
    assert {core.cycle_table for core in CORES.values()} - {None} == tables


@pytest.mark.parametrize("core", [core.name for core in CORES.values() if core.cycle_table])
def test_every_table_names_its_source_and_knows_all_mnemonics(core: str) -> None:
    table = table_for(core)
    assert table is not None
    assert len(table.source) > 40
    assert table.class_of(Instruction(0, "no-such-thing", "", "f")).name == "arithmetic"


def test_no_table_no_estimate() -> None:
    assert table_for("avr6") is None
    assert table_for("cortex-m33") is None  # it issues two instructions at once: no M3


def test_every_table_serves_a_simulator() -> None:
    """Only there `harness profile` counts instructions."""
    tables = [table_for(CATALOGUE[name].core) for name in targets_of("qemu", "simavr", "rp2040js")]
    files = {path.stem for path in FOLDER.glob("*.toml")}
    assert {table.core for table in tables if table is not None} == files


def test_registers_in_lists() -> None:
    assert registers("{r0}") == 1
    assert registers("r3!, {r4-r11, lr}") == 9
    assert registers("r0, r1") == 0
