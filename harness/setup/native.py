"""Build what simulations need: runners of simavr and rp2040js, QEMU's plugin for `harness profile`.

`.tools/harness-avr-runner`, `…-pico-runner` and `…-qemu-count.so` of a project. Needs a C compiler,
libsimavr and libelf with their headers; does nothing where the products are newer than their
sources.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.boards.catalogue import TargetSpec
from harness.errors import ToolMissing

PORT = Path("firmware", "lib", "port", "src")
SIMULATION = Path("firmware", "platforms", "mcu_sim")
WARNINGS = ("-O2", "-std=gnu99", "-Wall", "-Wextra")


@dataclass(frozen=True)
class NativeTool:
    """A program or plugin of this computer, with its sources below the project's root, and the
    Debian packages that building it needs."""

    name: str
    sources: tuple[Path, ...]
    flags: tuple[str, ...]
    packages: tuple[str, ...]


QEMU_PLUGIN = NativeTool(
    "harness-qemu-count.so",
    (SIMULATION / "qemu_count" / "count.c",),
    ("-shared", "-fPIC"),
    ("gcc", "libc6-dev"),
)
AVR_RUNNER = NativeTool(
    "harness-avr-runner",
    (
        *(SIMULATION / "runner" / f"avr_{part}.c" for part in ("runner", "count", "pin")),
        PORT / "host_pty.c",
    ),
    ("-DPORT_HOST", f"-I{PORT}", "-lsimavr", "-lelf"),
    ("gcc", "libc6-dev", "libsimavr-dev", "libelf-dev"),
)
PICO_RUNNER = NativeTool(
    "harness-pico-runner",
    (SIMULATION / "rp2040js" / "pico_runner.c", PORT / "host_pty.c"),
    ("-DPORT_HOST", f"-I{PORT}"),
    ("gcc", "libc6-dev"),
)


def native_tools(specs: Iterable[TargetSpec]) -> tuple[NativeTool, ...]:
    """The tools that the targets use."""
    specs = tuple(specs)
    wanted = {
        QEMU_PLUGIN: any(spec.kind == "qemu" for spec in specs),
        AVR_RUNNER: any(AVR_RUNNER.name in spec.tools for spec in specs),
        PICO_RUNNER: any(PICO_RUNNER.name in spec.tools for spec in specs),
    }
    return tuple(tool for tool, needed in wanted.items() if needed)


def build(tool: NativeTool, root: Path) -> Path:
    """Compile and link where needed; return the product. Raises ToolMissing."""
    product = root / ".tools" / tool.name
    if up_to_date(product, [root / source for source in tool.sources]):
        return product
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        raise ToolMissing("there is no C compiler on PATH", where=tool.name, hint=_hint(tool))
    product.parent.mkdir(exist_ok=True)
    partial = product.with_suffix(".new")
    sources = [str(source) for source in tool.sources]
    command = [compiler, *WARNINGS, *sources, *tool.flags, "-o", str(partial)]
    done = subprocess.run(command, cwd=root, check=False, capture_output=True, text=True)
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if "error" in line] or [done.stderr]
        raise ToolMissing(f"cannot be built: {lines[0]}", where=tool.name, hint=_hint(tool))
    partial.replace(product)
    return product


def up_to_date(product: Path, sources: Sequence[Path]) -> bool:
    """True where the file is there and newer than all of its sources."""
    if not product.exists():
        return False
    built = product.stat().st_mtime
    return all(path.stat().st_mtime <= built for path in (*sources, Path(__file__)))


def _hint(tool: NativeTool) -> str:
    return f"it needs what these Debian packages hold: {' '.join(tool.packages)}"
