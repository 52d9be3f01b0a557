"""Memory, files and processes over time: runs one after another on four simulated boards at once.

    python benchmarks/endurance.py --minutes 60

Every round measures the digits model on each board in a run of its own. Prints a line a minute and
exits with 1 where a cell is not ok, or where the memory at the end exceeds that after the warm-up
by more than 5 %, or more files, threads or processes are in use.
"""

from __future__ import annotations

import statistics
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import numpy as np
import typer
from rich.console import Console

from harness.boards.catalogue import load_catalogue
from harness.project import Project
from harness.run import Execution
from harness.run.settings import RunSettings
from harness.run.unplanned import begin_unplanned
from harness.store import Store
from harness.workload.workload import Workload, prepare
from tests.chosen_targets import COUNTING
from tests.faults.campaign import in_use

DATA = Path(__file__).resolve().parents[1] / "tests" / "data"
SAMPLES = 30
WARM_UP = 0.2  # share of the time after which memory is first taken
GROWTH = 0.05
PAGE = 4096


def memory() -> int:
    """Resident bytes of this process."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * PAGE


def digits(cache: Path) -> Workload:
    """The golden digits model on some samples."""
    with np.load(DATA / "digits_test.npz") as file:
        samples = file["x"][:SAMPLES]
    tflite = (DATA / "digits_int8.tflite").read_bytes()
    return prepare(variant="digits", dtype="int8", tflite=tflite, samples=samples, cache_dir=cache)


def main(
    minutes: Annotated[float, typer.Option("--minutes", min=0.1, help="How long.")] = 60.0,
) -> None:
    """Run on four simulated boards for MINUTES and compare memory at the end with the start."""
    console = Console(highlight=False, soft_wrap=True)
    specs = [load_catalogue()[name] for name in COUNTING]
    began = minute = time.monotonic()
    end = began + 60 * minutes
    taken: list[tuple[float, int]] = []
    rounds, bad, used = 0, 0, (0, 0, 0)
    with TemporaryDirectory(prefix="harness-endurance-") as folder:
        project = Project(Project.here().root, Path(folder))
        workload = digits(project.reports / "cache")
        while time.monotonic() < end or rounds < 3:
            with Store(project.store) as store:
                run = begin_unplanned(store, f"round-{rounds}", {})
                Execution(project, store, run, RunSettings(), lambda _: None).run([workload], specs)
                bad += sum(cell.status != "ok" for cell in store.cells(run))
            rounds += 1
            taken.append((time.monotonic(), memory()))
            used = used if any(used) else in_use()
            if time.monotonic() - minute >= 60:
                minute = time.monotonic()
                console.print(f"{rounds} rounds, {taken[-1][1] / 1e6:.1f} MB, in use {in_use()}")
    late = began + WARM_UP * (taken[-1][0] - began)
    after = [size for moment, size in taken if moment >= late]
    quarter = max(1, len(after) // 4)
    first, last = statistics.median(after[:quarter]), statistics.median(after[-quarter:])
    growth, now = last / first - 1, in_use()
    console.print(
        f"{rounds} rounds on {len(COUNTING)} boards in {(taken[-1][0] - began) / 60:.1f} min: "
        f"{first / 1e6:.1f} MB after the warm-up, {last / 1e6:.1f} MB at the end ({growth:+.1%}), "
        f"{bad} cells not ok; files, threads, children {used} -> {now}"
    )
    leaks = any(new > old for new, old in zip(now, used, strict=True))
    if bad or growth > GROWTH or leaks:
        raise SystemExit(1)


if __name__ == "__main__":
    typer.run(main)
