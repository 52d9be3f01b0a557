"""Build what simulations need: the simavr runner, and QEMU's plugin for `harness profile`.

`.tools/harness-avr-runner` and `.tools/harness-qemu-count.so`. Needs gcc, libsimavr and libelf with
their headers; does nothing where they are newer than their sources.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PORT = ROOT / "firmware" / "lib" / "port" / "src"
SIMULATION = ROOT / "firmware" / "platforms" / "mcu_sim"
RUNNER = SIMULATION / "runner"
RUNNER_SOURCES = (
    *(RUNNER / f"avr_{part}.c" for part in ("runner", "count", "pin")),
    PORT / "host_pty.c",
)
PLUGIN_SOURCES = (SIMULATION / "qemu_count" / "count.c",)
TOOLS = ROOT / ".tools"
WARNINGS = ("-O2", "-std=gnu99", "-Wall", "-Wextra")
HINT = "on Debian or Ubuntu: apt install gcc libsimavr-dev libelf-dev\n"


def up_to_date(product: Path, sources: Sequence[Path]) -> bool:
    """True where the file is there and newer than all of its sources."""
    if not product.exists():
        return False
    built = product.stat().st_mtime
    return all(path.stat().st_mtime <= built for path in (*sources, Path(__file__)))


def build(product: Path, sources: Sequence[Path], flags: Sequence[str]) -> bool:
    """Compile and link where needed; tells on stderr what went wrong."""
    if up_to_date(product, sources):
        return True
    compiler = shutil.which("gcc")
    if compiler is None:
        sys.stderr.write(f"gcc is not on PATH; {HINT}")
        return False
    product.parent.mkdir(exist_ok=True)
    partial = product.with_suffix(".new")
    command = [compiler, *WARNINGS, *map(str, sources), *flags, "-o", str(partial)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        sys.stderr.write(f"{done.stderr}cannot build {product.name}; {HINT}")
        return False
    partial.replace(product)
    return True


def main() -> int:
    """Build both; 1 with a hint when that fails."""
    runner = ["-DPORT_HOST", f"-I{PORT}", "-lsimavr", "-lelf"]
    built = [
        build(TOOLS / "harness-qemu-count.so", PLUGIN_SOURCES, ["-shared", "-fPIC"]),
        build(TOOLS / "harness-avr-runner", RUNNER_SOURCES, runner),
    ]
    return 0 if all(built) else 1


if __name__ == "__main__":
    raise SystemExit(main())
