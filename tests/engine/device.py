"""Runs generated code on this computer, under the address and undefined-behaviour sanitizers."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Container, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from harness.codegen import CompiledModel, render_image
from harness.codegen.graph import Graph

ENGINE = Path(__file__).resolve().parents[2] / "firmware" / "lib" / "engine" / "src"
SOURCES = sorted(ENGINE.rglob("*.c"))
MAIN = Path(__file__).with_name("device_main.c")
WARNINGS = ["-std=c99", "-Wall", "-Wextra", "-Wconversion", "-Werror"]
SANITIZERS = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]


def build_objects(folder: Path, *flags: str) -> list[Path]:
    """The engine's object files, sanitized."""
    objects = []
    options = [*WARNINGS, *SANITIZERS, "-O1", f"-I{ENGINE}", *flags]
    for source in SOURCES:
        target = folder / f"{source.stem}.o"
        run_tool(["gcc", *options, "-c", source, "-o", target])
        objects.append(target)
    return objects


def run_tool(command: Sequence[object]) -> None:
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stderr}"


@dataclass(frozen=True)
class Device:
    """One program that holds several models."""

    models: tuple[CompiledModel, ...]
    program: Path

    @classmethod
    def build(cls, models: Sequence[CompiledModel], objects: list[Path], folder: Path) -> Device:
        files = render_image(models, "0123456789abcdef")
        digest = hashlib.sha256("".join(files.values()).encode()).hexdigest()[:16]
        build = folder / digest
        build.mkdir(exist_ok=True)
        for name, text in files.items():
            (build / name).write_text(text)
        program = build / "device"
        flags = [*WARNINGS, *SANITIZERS, "-O0", f"-I{build}", f"-I{ENGINE}"]
        run_tool(["gcc", *flags, MAIN, *objects, "-lm", "-o", program])
        return cls(tuple(models), program)

    def run(
        self, jobs: Sequence[tuple[int, Any]], going_on: Container[int] = frozenset()
    ) -> list[bytes]:
        """The whole arena after each (model index, one input); jobs at the places `going_on`
        find the states that the job before has left.
        """
        request = b"".join(
            bytes([index, place in going_on]) + np.ascontiguousarray(sample).tobytes()
            for place, (index, sample) in enumerate(jobs)
        )
        environment = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}
        done = subprocess.run(
            [str(self.program)], input=request, capture_output=True, env=environment, check=False
        )
        assert done.returncode == 0, done.stderr.decode()[-4000:]
        arenas, position = [], 0
        for index, _ in jobs:
            size = self.models[index].arena_bytes
            arenas.append(done.stdout[position : position + size])
            position += size
        assert position == len(done.stdout)
        return arenas


def tensor_at(arena: bytes, model: CompiledModel, graph: Graph, index: int) -> Any:
    """One activation tensor out of an arena."""
    tensor = graph.tensors[index]
    raw = arena[model.tensor_offsets[index] :][: tensor.bytes]
    return np.frombuffer(raw, dtype=tensor.dtype).reshape(tensor.shape)
