"""Build `.tools/harness-avr-runner`, the simavr runner of the simavr-uno target.

Needs gcc, libsimavr and libelf with their headers; does nothing where the program is newer than
its sources.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PORT = ROOT / "firmware" / "lib" / "port" / "src"
SOURCES = (
    ROOT / "firmware" / "platforms" / "mcu_sim" / "runner" / "avr_runner.c",
    PORT / "host_pty.c",
)
INPUTS = (*SOURCES, PORT / "host_pty.h", Path(__file__))
RUNNER = ROOT / ".tools" / "harness-avr-runner"
HINT = "on Debian or Ubuntu: apt install gcc libsimavr-dev libelf-dev\n"


def up_to_date() -> bool:
    """Whether the program is there and newer than all it is made of."""
    if not RUNNER.exists():
        return False
    built = RUNNER.stat().st_mtime
    return all(path.stat().st_mtime <= built for path in INPUTS)


def main() -> int:
    """Build the runner where needed; 1 with a hint when that fails."""
    if up_to_date():
        return 0
    compiler = shutil.which("gcc")
    if compiler is None:
        sys.stderr.write(f"gcc is not on PATH; {HINT}")
        return 1
    RUNNER.parent.mkdir(exist_ok=True)
    partial = RUNNER.with_suffix(".new")
    flags = ["-O2", "-std=gnu99", "-Wall", "-Wextra", "-DPORT_HOST", f"-I{PORT}"]
    command = [compiler, *flags, *map(str, SOURCES), "-o", str(partial), "-lsimavr", "-lelf"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        sys.stderr.write(f"{done.stderr}cannot build {RUNNER.name}; {HINT}")
        return 1
    partial.replace(RUNNER)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
