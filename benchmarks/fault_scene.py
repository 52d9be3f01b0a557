"""A checkout of its own for campaigns that damage caches and kill processes, and its runs."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
import traceback
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from harness.cli.progress import Silent
from harness.errors import HarnessError
from harness.plan.plan import load_plan
from harness.project import Project
from harness.run.plan_run import run_plan
from harness.store import Store

ROOT = Path(__file__).resolve().parents[1]
MARK = "HARNESS_FAULT_CAMPAIGN"  # in the environment of all processes of a scene
WHOLE = "from harness.cli import main; main()"
HANG_S = 900.0
GRACE_S = 20.0  # in which orphans have to end
PLAN = """
name = "faults"
[model]
entry = "models.digits_cnn"
epochs = 2
[[variant]]
name = "original"
method = "none"
[[variant]]
name = "pruned"
method = "magnitude"
final_sparsity = 0.8
frequency = 5
epochs = 2
[matrix]
dtypes = ["int8"]
targets = ["qemu-m4", "host"]
[measure]
samples = 40
"""
Signature = tuple[tuple[str, ...], ...]


@dataclass
class Ended:
    """End of a command: its exit code, None where it hung, and what it said."""

    code: int | None
    said: str

    @property
    def traceback(self) -> bool:
        """True where Python's own words for an error were printed."""
        return "Traceback (most recent call last)" in self.said


@dataclass
class Scene:
    """A copy of the checkout in `folder`, with caches and reports of its own."""

    folder: Path
    mark: str = field(default_factory=lambda: uuid.uuid4().hex)

    def prepare(self) -> None:
        """Copy the tracked files, tools and PlatformIO's core folder."""
        listed = subprocess.run(
            ["git", "-C", str(ROOT), "ls-files", "-z"], capture_output=True, check=True, text=True
        )
        for name in listed.stdout.split("\0"):
            source = ROOT / name
            if name and source.is_file():
                (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(source, self.folder / name)
        for name in (".tools", ".platformio"):
            shutil.copytree(ROOT / name, self.folder / name, symlinks=True, dirs_exist_ok=True)
        for link in (self.folder / ".platformio" / "platforms").glob("*.pio-link"):
            link.write_text(link.read_text().replace(str(ROOT), str(self.folder)))
        self.plan.write_text(PLAN)

    @property
    def plan(self) -> Path:
        """The plan of every run."""
        return self.folder / "faults.toml"

    def run_here(self, reports: Path) -> Ended:
        """Run the plan in this process, without a report: the start of a command takes seconds."""
        project = Project(self.folder, reports)
        try:
            with Store(project.store) as store:
                run_plan(load_plan(self.plan), PLAN, project, store, Silent(), resume=False)
        except HarnessError as error:
            return Ended(error.exit_code, str(error))
        except Exception:
            return Ended(1, traceback.format_exc())
        return Ended(0, "")

    def start(self, reports: Path, *options: str) -> subprocess.Popen[str]:
        """Start `harness run`; its output goes to a file beside the reports."""
        reports.mkdir(parents=True, exist_ok=True)
        with (reports / "said.txt").open("a", encoding="utf-8") as said:
            return subprocess.Popen(
                [sys.executable, "-c", WHOLE, "run", self.plan, "--reports", reports, *options],
                cwd=self.folder,
                env=os.environ | {"PYTHONPATH": str(self.folder), MARK: self.mark},
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )

    def end(self, process: subprocess.Popen[str], reports: Path) -> Ended:
        """Wait for the end of a command; one that hangs is killed."""
        try:
            code: int | None = process.wait(HANG_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            code = None
        return Ended(code, (reports / "said.txt").read_text(encoding="utf-8", errors="replace"))

    def run(self, reports: Path, *options: str) -> Ended:
        """Run `harness run` to its end."""
        return self.end(self.start(reports, *options), reports)

    def processes(self) -> Iterator[tuple[int, str]]:
        """Yield number and command line of the scene's processes, and of no others."""
        for folder in Path("/proc").iterdir():
            with suppress(OSError):
                if (
                    folder.name.isdigit()
                    and f"{MARK}={self.mark}".encode() in (folder / "environ").read_bytes()
                ):
                    words = (folder / "cmdline").read_bytes().replace(b"\0", b" ")
                    if words:  # a zombie has none
                        yield int(folder.name), words.decode(errors="replace")

    def orphans(self) -> list[str]:
        """Return the command lines of processes that are left after the grace; they are killed."""
        until = time.monotonic() + GRACE_S
        while (left := list(self.processes())) and time.monotonic() < until:
            time.sleep(0.1)
        for pid, _ in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return [words for _, words in left]

    def partials(self) -> list[Path]:
        """Return unfinished files in the caches."""
        places = (self.folder / "models" / "cache", self.folder / ".pio" / "harness")
        return [path for place in places for path in place.rglob(".*.partial")]


def signature(reports: Path) -> Signature:
    """Return what a run found that has to be the same each time, of the newest run in a store.

    Of every cell status, model file, sizes, outputs, and counts where they are exact.
    """
    with Store(reports / "results.sqlite", create=False) as store:
        run = store.latest_run()
        if run is None:
            return ()
        files = {(each.variant, each.dtype): each.sha256 for each in store.artifacts(run)}
        found = []
        for cell in store.cells(run):
            table, key = store.samples(cell.id), cell.key
            outputs = hashlib.sha256(b"".join(table.outputs)).hexdigest()
            exact = cell.facts.timing_kind == "instructions"
            counts = np.array2string(table.counts, threshold=10**6) if exact else ""
            sizes = f"{cell.facts.flash_bytes} {cell.facts.ram_bytes} {len(table.index)}"
            words = (key.variant, key.dtype, key.target, cell.status)
            found.append((*words, files.get((key.variant, key.dtype), ""), sizes, outputs, counts))
        return tuple(sorted(found))
