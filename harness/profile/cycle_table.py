"""Cycles estimated from counts: a table of classes of instructions for each core.

The tables are data (cycles/*.toml, each naming its source). They know no caches, no wait states of
flash and no dual issue: what they give is an estimate, and called so wherever it is shown.
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
    """A class of instructions: the first whose pattern matches the mnemonic has it.

    `cycles` of each execution, `register` more for each register in the operands' list, `pc` where
    the program counter is among the operands written, `taken` for each branch taken.
    """

    name: str
    pattern: re.Pattern[str]
    cycles: int
    register: int = 0
    pc: int = 0
    taken: int = 0


@dataclass(frozen=True)
class CycleTable:
    """The classes of one core in the order in which they are tried; `source` says where from."""

    core: str
    source: str
    classes: tuple[Class, ...]

    @cached_property
    def _known(self) -> dict[str, Class]:
        return {}

    def class_of(self, instruction: Instruction) -> Class:
        """The instruction's class; the last one of a table matches all."""
        known = self._known
        if instruction.mnemonic not in known:
            known[instruction.mnemonic] = next(
                each for each in self.classes if each.pattern.fullmatch(instruction.mnemonic)
            )
        return known[instruction.mnemonic]

    def cycles(self, instruction: Instruction, executions: int, taken: int) -> int:
        """Of all executions of an instruction, from which `taken` branches were taken."""
        kind = self.class_of(instruction)
        each = kind.cycles
        if kind.register:
            each += kind.register * registers(instruction.operands)
        if kind.pc and re.search(r"\bpc\b", _written(instruction)):
            each += kind.pc
        return executions * each + taken * kind.taken


def registers(operands: str) -> int:
    """How many registers a list such as {r0, r4-r6, lr} names."""
    listed = REGISTERS.search(operands)
    if listed is None:
        return 0
    count = 0
    for part in listed[1].split(","):
        ends = [int(number) for number in re.findall(r"\d+", part)]
        count += ends[1] - ends[0] + 1 if "-" in part and len(ends) == 2 else 1
    return count


def _written(instruction: Instruction) -> str:
    """The operands that an instruction writes: a list, or the first."""
    listed = REGISTERS.search(instruction.operands)
    return listed[1] if listed else instruction.operands.split(",")[0]


def table_for(core: str) -> CycleTable | None:
    """The table for a core's name (a TargetSpec's), None where there is none."""
    name = core_named(core).cycle_table
    if name is None:
        return None
    data = tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    classes = tuple(
        Class(**{**each, "pattern": re.compile(each["pattern"])}) for each in data["class"]
    )
    return CycleTable(name, data["source"], classes)
