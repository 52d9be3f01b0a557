"""Cycles estimated from counts, by a table of instruction classes for each core.

The tables are data (cycles/*.toml, each with its source). They leave out caches, flash wait states
and dual issue, so all cycles are shown as estimates.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from harness.codegen.cores import core_named
from harness.profile.listing import Instruction

FOLDER = Path(__file__).with_name("cycles")
REGISTERS = re.compile(r"\{([^}]*)\}")


@dataclass(frozen=True)
class Class:
    """A class of instructions: all whose mnemonic matches `pattern` and no earlier class's."""

    name: str
    pattern: re.Pattern[str]
    cycles: int  # of each execution
    register: int = 0  # added for each register in the list of operands
    pc: int = 0  # added where the program counter is written
    taken: int = 0  # added for each branch taken


@dataclass(frozen=True)
class CycleTable:
    """Classes of one core, in the order in which they are tried."""

    core: str
    source: str  # document of the figures
    classes: tuple[Class, ...]

    @cached_property
    def _known(self) -> dict[str, Class]:
        return {}

    def class_of(self, instruction: Instruction) -> Class:
        """Return the instruction's class; the last class of a table matches every instruction."""
        known = self._known
        if instruction.mnemonic not in known:
            known[instruction.mnemonic] = next(
                each for each in self.classes if each.pattern.fullmatch(instruction.mnemonic)
            )
        return known[instruction.mnemonic]

    def cycles(self, instruction: Instruction, executions: int, taken: int) -> int:
        """Return the cycles of all executions of an instruction with `taken` branches taken."""
        kind = self.class_of(instruction)
        each = kind.cycles
        if kind.register:
            each += kind.register * registers(instruction.operands)
        if kind.pc and re.search(r"\bpc\b", _written(instruction)):
            each += kind.pc
        return executions * each + taken * kind.taken


def registers(operands: str) -> int:
    """Return the number of registers in a list such as {r0, r4-r6, lr}."""
    listed = REGISTERS.search(operands)
    if listed is None:
        return 0
    count = 0
    for part in listed[1].split(","):
        ends = [int(number) for number in re.findall(r"\d+", part)]
        count += ends[1] - ends[0] + 1 if "-" in part and len(ends) == 2 else 1
    return count


def _written(instruction: Instruction) -> str:
    """Return the operands that an instruction writes: the register list, or the first operand."""
    listed = REGISTERS.search(instruction.operands)
    return listed[1] if listed else instruction.operands.split(",")[0]


def table_for(core: str) -> CycleTable | None:
    """Return the table of a core (a TargetSpec's), None where there is none."""
    name = core_named(core).cycle_table
    if name is None:
        return None
    data = tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    classes = tuple(
        Class(**{**each, "pattern": re.compile(each["pattern"])}) for each in data["class"]
    )
    return CycleTable(name, data["source"], classes)
