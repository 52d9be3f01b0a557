"""The part of the engine that one model needs, as files of a library in one folder.

The generated code names kernels. A source is taken for each function it names that the source
defines, then for each function that these sources name; headers follow the includes. Two things
differ from the engine's files: includes have no folders, and functions with external linkage begin
with the library's name, so that several libraries can be linked into one program.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

from harness.codegen.cores import Core

SOURCES = Path("firmware", "lib", "engine", "src")
UMBRELLA = "engine.h"

_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
_INCLUDE = re.compile(r'#include "([\w/]+\.h)"')
_NAME = re.compile(r"\b(?:engine|ENGINE)_\w+")
_HEAD = r"^(?!static|typedef|#)[A-Za-z_][^;{}#]*?\b(engine_\w+)\([^;{}]*\)"
_PROTOTYPE = re.compile(rf"{_HEAD};", re.MULTILINE)
_FUNCTION = re.compile(rf"{_HEAD}\s*\{{", re.MULTILINE)
_DEFINED = re.compile(r"#define (\w+)|\}\s*(\w+);|\b(engine_\w+)\(")


@dataclass(frozen=True)
class Part:
    """Files of the engine by name without folder, and their functions with external linkage."""

    files: dict[str, str]
    functions: tuple[str, ...]

    def renamed(self, text: str, name: str) -> str:
        """Return code with the functions' names after that of the library `name`."""
        if not self.functions:
            return text
        alternatives = "|".join(self.functions)
        return re.sub(rf"\b(?:{alternatives})\b(?!\.)", lambda found: f"{name}_{found[0]}", text)


class Engine:
    """The engine's files below `root`, the project's folder."""

    def __init__(self, root: Path) -> None:
        folder = root / SOURCES
        self._texts = {
            path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
            for path in sorted(folder.rglob("*.[ch]"))
        }

    @cached_property
    def _bodies(self) -> dict[str, str]:
        """Texts without comments and prototypes: what is left names only what it uses."""
        return {
            name: _PROTOTYPE.sub("", _COMMENT.sub("", text)) for name, text in self._texts.items()
        }

    @cached_property
    def _definitions(self) -> dict[str, list[str]]:
        """Sources by the functions with external linkage that they define."""
        found: dict[str, list[str]] = {}
        for name, body in self._bodies.items():
            if name.endswith(".c"):
                for function in _FUNCTION.findall(body):
                    found.setdefault(function, []).append(name)
        return found

    def part(self, code: str, core: Core) -> Part:
        """Return what the generated header `code` needs on `core`."""
        umbrella = self._umbrella(code)
        wanted = {UMBRELLA}
        bodies = {"": code, **self._bodies, UMBRELLA: umbrella}
        waiting = ["", UMBRELLA]
        while waiting:
            file = waiting.pop()
            body = bodies[file]
            sources = (
                each for name in _NAME.findall(body) for each in self._definitions.get(name, ())
            )
            headers = (self._resolved(each, file) for each in _INCLUDE.findall(body))
            for each in (*sources, *headers):
                if each not in wanted and each in bodies and _of_core(each, core):
                    wanted.add(each)
                    waiting.append(each)
        texts = {**self._texts, UMBRELLA: umbrella}
        return Part(
            {PurePosixPath(name).name: _flat(texts[name]) for name in sorted(wanted)},
            tuple(sorted(name for name, at in self._definitions.items() if wanted & {*at})),
        )

    def _resolved(self, include: str, file: str) -> str:
        """Return the path of a header that `file` includes: beside it, or from the top."""
        beside = (PurePosixPath(file).parent / include).as_posix()
        return beside if beside in self._texts else include

    def _umbrella(self, code: str) -> str:
        """Return engine.h with the headers alone that declare something the code names."""
        names = {*_NAME.findall(code)}
        lines = []
        for line in self._texts[UMBRELLA].splitlines(keepends=True):
            include = _INCLUDE.match(line)
            if include is None or names & self._declared(include[1]):
                lines.append(line)
        return "".join(lines)

    def _declared(self, header: str) -> set[str]:
        text = _COMMENT.sub("", self._texts[header])
        return {name for groups in _DEFINED.findall(text) for name in groups if name}


def _flat(text: str) -> str:
    return _INCLUDE.sub(lambda found: f'#include "{PurePosixPath(found[1]).name}"', text)


def _of_core(name: str, core: Core) -> bool:
    """Return False for files of cores other than `core`; code for any core takes all."""
    present = {
        "avr": core.family == "avr",
        "dsp": core.dsp,
        "mve": core.mve,
        "armv7m": core.family == "arm" and not core.dsp,
        "armv6m": core.baseline,
        "lanes": core.lanes,
    }
    suffix = PurePosixPath(name).stem.rpartition("_")[2]
    return core.family == "any" or present.get(suffix, True)
