"""Exported libraries of golden models, made without the command line, and compilers for them."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

from harness.export.from_file import from_file
from harness.export.library import library_files, write_library
from harness.export.shipment import Shipment
from harness.project import Project
from harness.run.inputs import InputSource

DATA = Path(__file__).parents[1] / "data"
SAMPLES = DATA / "digits_test.npz"
STRICT = ("-Wall", "-Wextra", "-Wconversion", "-Werror")
FLAGS = ("-O2", "-ffunction-sections", "-fdata-sections", "-fno-math-errno", "-ffp-contract=off")


@cache
def shipment(golden: str, target: str, name: str = "", vectors: int = 8) -> Shipment:
    """A golden model with the first test samples of digits where it takes them."""
    source = InputSource(SAMPLES if golden.startswith("digits") else None)
    project = Project.here()
    made = from_file(DATA / f"{golden}.tflite", target, source, project, None, name)
    return made.with_vectors(vectors)


def export(folder: Path, made: Shipment, form: str = "cmake") -> Path:
    """Write the library and return its folder."""
    write_library(folder, library_files(made, form, Project.here().root))
    return folder


def c_files(*libraries: Path) -> list[str]:
    return [str(path) for folder in libraries for path in sorted((folder / "src").rglob("*.c"))]


def includes(*libraries: Path) -> list[str]:
    return [f"-I{folder / 'src'}" for folder in libraries]


def output_of(*command: object, cwd: Path | None = None) -> str:
    """Run a command and return what it prints; its complaint is the test's failure."""
    words = [*map(str, command)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=cwd)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def objects_of(folder: Path, *command: object) -> list[Path]:
    """Compile with `command -c` into a new folder; return the objects."""
    folder.mkdir()
    output_of(*command, "-c", cwd=folder)
    return sorted(folder.glob("*.o"))
