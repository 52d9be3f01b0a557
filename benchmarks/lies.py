"""Lies and damages of boards, files and labels: none may end as ok, Ship or Candidate.

    python benchmarks/lies.py                    # 400 cases, some minutes
    python benchmarks/lies.py --cases 70         # each kind once
    python benchmarks/lies.py --kind "counter runs slow" --cases 50

Boards speak the link's real protocol through the harness' own session, cells, reports and verdicts
(tests/lies). A case is the same on every machine. Exit code 1 where a lie passed.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from tests.lies.campaign import KINDS, Case, by_kind, passed, plant, plant_all
from tests.lies.file_lies import HARMLESS
from tests.lies.study import ORDER, Models

SAMPLES = 120
WAYS = (*ORDER[::-1], HARMLESS)


def main(
    cases: Annotated[int, typer.Option(min=1)] = 400,
    kind: Annotated[str, typer.Option(help="only this kind")] = "",
) -> None:
    """Plant lies, print how each kind was met, and name those that passed."""
    console = Console()
    if kind and kind not in KINDS:
        console.print(f"there is no kind '{kind}': {', '.join(KINDS)}")
        raise typer.Exit(2)
    with TemporaryDirectory(prefix="harness-lies-") as name:
        folder = Path(name)
        models = Models.load(folder / "cache", SAMPLES)
        planted: list[Case] = (
            [plant(models, kind, number, folder) for number in range(cases)]
            if kind
            else list(plant_all(models, cases, folder))
        )
    table = Table("kind", *WAYS)
    for name, ways in by_kind(planted).items():
        table.add_row(name, *(str(ways[way] or "") for way in WAYS))
    total = {way: sum(case.met == way for case in planted) for way in WAYS}
    table.add_row("all", *(str(total[way]) for way in WAYS))
    console.print(table)
    for case in passed(planted):
        console.print(f"passed: {case.kind}, number {case.number}")
    sys.exit(bool(passed(planted)))


if __name__ == "__main__":
    typer.run(main)
