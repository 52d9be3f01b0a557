"""Instructions of a linked image, from the tool chain's disassembler."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from harness.boards.requirement import find_tool
from harness.errors import ToolMissing
from harness.project import set_up_command

FUNCTION = re.compile(r"([0-9a-f]+) <(.+)>:")
LINE = re.compile(r"\s*([0-9a-f]+):\t(\S+)(?:\s+(.*))?")
COMMENT = re.compile(r"\s*[;@#] .*|\s*<.*>")


@dataclass(frozen=True)
class Instruction:
    """One instruction: mnemonic without the width suffix, operands as text."""

    address: int
    mnemonic: str
    operands: str
    function: str


@dataclass(frozen=True)
class Listing:
    """All instructions by ascending address, and the addresses of functions."""

    instructions: tuple[Instruction, ...]
    functions: dict[str, int]

    @property
    def first(self) -> int:
        """The lowest address."""
        return self.instructions[0].address

    @property
    def end(self) -> int:
        """Address after the last instruction."""
        return self.instructions[-1].address + 4


def disassemble(elf: Path, tools: tuple[str, ...], root: Path) -> Listing:
    """Read an image with the objdump of the target's tool chain. Raises ToolMissing."""
    compiler = next((tool for tool in tools if tool.endswith("-gcc")), "")
    name = f"{compiler.removesuffix('gcc')}objdump"
    objdump = find_tool(name, root)
    if objdump is None:
        raise ToolMissing(f"{name} is not installed", hint=set_up_command())
    command = [str(objdump), "-d", "--no-show-raw-insn", str(elf)]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return parse(text)


def parse(text: str) -> Listing:
    """Parse the output of `objdump -d --no-show-raw-insn`."""
    found: list[Instruction] = []
    functions: dict[str, int] = {}
    function = ""
    for line in text.splitlines():
        head = FUNCTION.fullmatch(line)
        if head:
            function = head[2]
            functions[function] = int(head[1], 16)
            continue
        match = LINE.match(line)
        if match and not match[2].startswith("."):
            operands = COMMENT.sub("", match[3] or "").strip()
            mnemonic = match[2].removesuffix(".n").removesuffix(".w")
            found.append(Instruction(int(match[1], 16), mnemonic, operands, function))
    return Listing(tuple(found), functions)
