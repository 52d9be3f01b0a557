"""Install the Raspberry Pi Pico's simulator: rp2040js from npm with its scripts, into `.tools`."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from harness.errors import ToolMissing
from harness.setup.native import SIMULATION

PICO = "rp2040js-pico"
SOURCES = SIMULATION / "rp2040js"
LOCK = "package-lock.json"
NPM_CI = ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
LEAST_NODE = 18
HINT = f"it needs Node {LEAST_NODE} or newer and npm (Debian, Ubuntu: nodejs npm)"


def install_pico(root: Path) -> None:
    """Install what the lock file names, with its hashes, and put the runner's scripts beside it.

    Needs a network the first time. Does nothing where all is up to date. Raises ToolMissing.
    """
    sources, installed = root / SOURCES, root / ".tools" / "rp2040js"
    _install_package(sources, installed)
    for script in sources.glob("*.mjs"):
        copy = installed / script.name
        if not copy.exists() or copy.read_bytes() != script.read_bytes():
            # A simulator that starts meanwhile finds each script whole.
            Path(shutil.copy(script, copy.with_suffix(".new"))).replace(copy)


def _install_package(sources: Path, installed: Path) -> None:
    kept, lock = installed / LOCK, (sources / LOCK).read_bytes()
    if (installed / "node_modules").is_dir() and kept.exists() and kept.read_bytes() == lock:
        return
    _check_node()
    shutil.rmtree(installed, ignore_errors=True)
    installed.mkdir(parents=True)
    for name in ("package.json", LOCK):
        shutil.copy(sources / name, installed)
    done = subprocess.run(NPM_CI, cwd=installed, check=False, capture_output=True, text=True)
    if done.returncode:
        shutil.rmtree(installed, ignore_errors=True)
        lines = done.stderr.strip().splitlines() or ["no reason given"]
        raise ToolMissing(f"npm cannot install rp2040js: {lines[0]}", where=PICO, hint=HINT)


def _check_node() -> None:
    """Raise ToolMissing where Node cannot be used."""
    if not all(map(shutil.which, ("node", "npm"))):
        raise ToolMissing("node and npm are not on PATH", where=PICO, hint=HINT)
    done = subprocess.run(["node", "--version"], check=False, capture_output=True, text=True)
    version = done.stdout.strip()
    major = version.removeprefix("v").partition(".")[0]
    if not major.isdigit() or int(major) < LEAST_NODE:
        raise ToolMissing(f"Node is {version or 'broken'}", where=PICO, hint=HINT)
