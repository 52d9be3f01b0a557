"""Sessions over a line that damages bytes, on the host build and on simulated boards.

    python benchmarks/faults.py --sessions 2000
    python benchmarks/faults.py --sessions 200 --fault noise --target qemu-m4

Each session measures two models end to end through the real driver and the runner (see
tests/faults/campaign.py). Prints each session that did not end right, and a table by fault. Exits
with 1 on any wrong result, hang, leak or traceback. Session number k of a fault draws the same
faults everywhere; `--seed k --sessions 1` repeats it.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from tests.faults.campaign import (
    CHAOS,
    LEAK,
    OUTCOMES,
    RIGHT,
    TYPED,
    Campaign,
    Outcome,
    in_use,
    left_behind,
    table,
)
from tests.faults.faults import KINDS

TARGETS = ("host", "qemu-m4")
FAULTS = (*KINDS, CHAOS)
BATCH = 96  # sessions between two looks for leaks


def run_target(
    target: str, jobs: list[tuple[str, int]], workers: int, console: Console
) -> list[Outcome]:
    """Run the sessions (fault, seed) on one target, `workers` at a time; report each bad one."""
    outcomes: list[Outcome] = []
    with TemporaryDirectory(prefix="harness-faults-") as folder:
        campaign = Campaign(target, Path(folder))
        for start in range(0, len(jobs), BATCH):
            before = in_use()
            batch = jobs[start : start + BATCH]
            with ThreadPoolExecutor(workers) as pool:
                done = list(pool.map(lambda job: campaign.session(*job), batch))
            leak = left_behind(before)
            if leak:
                done.append(Outcome(batch[0][0], batch[0][1], LEAK, leak, 0.0, 0, 0))
            for outcome in done:
                if outcome.end != RIGHT:
                    said = f"{target}: {outcome.fault} {outcome.seed}: {outcome.end}: "
                    console.print(said + outcome.reason, markup=False)
            outcomes += done
            console.print(f"{target}: {start + len(batch):,} of {len(jobs):,} sessions")
        campaign.close()
    return outcomes


def main(
    sessions: Annotated[int, typer.Option("--sessions", min=1, help="In all.")] = 2000,
    fault: Annotated[
        list[str] | None,
        typer.Option("--fault", help="Only this one, noise or noise:100 (bytes); may be repeated."),
    ] = None,
    target: Annotated[
        list[str] | None, typer.Option("--target", help="Simulated target; may be repeated.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Number of the first session.")] = 0,
    workers: Annotated[int, typer.Option("--workers", min=1, help="Sessions at a time.")] = 4,
) -> None:
    """Run SESSIONS faulted sessions, evenly over faults and targets."""
    console = Console(highlight=False, soft_wrap=True)
    faults, targets = fault or list(FAULTS), target or list(TARGETS)
    each = -(-sessions // (len(faults) * len(targets)))
    began = time.monotonic()
    outcomes: list[Outcome] = []
    for name in targets:
        jobs = [(kind, seed + number) for number in range(each) for kind in faults]
        outcomes += run_target(name, jobs, workers, console)
    shown = Table("fault", "sessions", *OUTCOMES, "median s", "faults", "repeats", box=None)
    for row in table(outcomes):
        shown.add_row(*row)
    console.print(shown)
    console.print(f"{len(outcomes):,} sessions in {time.monotonic() - began:.0f} s")
    if any(outcome.end not in (RIGHT, TYPED) for outcome in outcomes):
        raise SystemExit(1)


if __name__ == "__main__":
    typer.run(main)
