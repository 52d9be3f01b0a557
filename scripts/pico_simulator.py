"""Install the Raspberry Pi Pico's simulator: rp2040js from npm and its runner, into `.tools`.

Needs gcc, Node 18 or newer and npm; does nothing where all is up to date. Exit code 1 with a
message where something is missing: the target rp2040js-pico is then unavailable, all others work.
"""

from __future__ import annotations

import shutil
import subprocess
import sys

from build_runner import PORT, SIMULATION, TOOLS, build

SOURCES = SIMULATION / "rp2040js"
INSTALLED = TOOLS / "rp2040js"
LOCK = "package-lock.json"
NPM_CI = ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
LEAST_NODE = 18
HINT = "on Debian or Ubuntu: apt install nodejs npm, then make setup\n"


def node_missing() -> str:
    """Return the reason why Node cannot be used, "" where it can."""
    if not all(map(shutil.which, ("node", "npm"))):
        return "node and npm are not on PATH"
    done = subprocess.run(["node", "--version"], check=False, capture_output=True, text=True)
    version = done.stdout.strip()
    major = version.removeprefix("v").partition(".")[0]
    if not major.isdigit() or int(major) < LEAST_NODE:
        return f"Node {LEAST_NODE} or newer is needed, here is {version or 'a broken one'}"
    return ""


def install_package() -> bool:
    """Install what the lock file names, with its hashes; says on stderr what went wrong."""
    lock = (SOURCES / LOCK).read_bytes()
    kept = INSTALLED / LOCK
    if (INSTALLED / "node_modules").is_dir() and kept.exists() and kept.read_bytes() == lock:
        return True
    reason = node_missing()
    if reason:
        sys.stderr.write(f"{reason}; {HINT}")
        return False
    shutil.rmtree(INSTALLED, ignore_errors=True)
    INSTALLED.mkdir(parents=True)
    for name in ("package.json", LOCK):
        shutil.copy(SOURCES / name, INSTALLED)
    done = subprocess.run(NPM_CI, cwd=INSTALLED, check=False, capture_output=True, text=True)
    if done.returncode:
        shutil.rmtree(INSTALLED, ignore_errors=True)
        sys.stderr.write(f"{done.stderr}npm cannot install rp2040js\n")
        return False
    return True


def copy_scripts() -> None:
    """Put the runner's scripts beside the package, where Node looks for it.

    A simulator that starts meanwhile finds each script whole.
    """
    for script in SOURCES.glob("*.mjs"):
        copy = INSTALLED / script.name
        if not copy.exists() or copy.read_bytes() != script.read_bytes():
            shutil.copy(script, copy.with_suffix(".new")).replace(copy)


def main() -> int:
    """Install package, scripts and launcher."""
    launcher = [SOURCES / "pico_runner.c", PORT / "host_pty.c"]
    flags = ["-DPORT_HOST", f"-I{PORT}"]
    if not (install_package() and build(TOOLS / "harness-pico-runner", launcher, flags)):
        return 1
    copy_scripts()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
