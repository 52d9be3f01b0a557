"""Instructions, flash, arena and stack of every model of a folder on one target.

    python benchmarks/engine.py tests/data --target qemu-m4 --csv engine.csv

One build and one simulator a run; nothing is written to the project's store.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence
from dataclasses import asdict, astuple, dataclass, fields, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from harness.boards.catalogue import check_targets, load_catalogue
from harness.errors import HarnessError, InputError
from harness.profile.cycle_table import table_for
from harness.profile.profile import estimate
from harness.project import Project
from harness.run import Execution
from harness.run.inputs import random_inputs
from harness.run.settings import RunSettings
from harness.run.unplanned import begin_unplanned
from harness.store import CellRecord, Store
from harness.workload.model_file import compile_file
from harness.workload.workload import Workload, prepare

FLOAT_TOLERANCE = 1e-6  # of the greatest output, at least of 1
SEED = 0
WIDTH = 140


@dataclass(frozen=True)
class Figures:
    """One model on one target; what could not be measured is None, and `note` says why.

    `instructions` is the median latency in the target's own unit (cycles on simavr), sizes are in
    bytes. `exact`: all outputs equal TFLite's reference, float32 within FLOAT_TOLERANCE.
    `cycles_estimated`: from instructions counted by address (`harness profile`), only of QEMU cores
    with a table.
    """

    model: str
    target: str
    instructions: float | None
    flash_bytes: int | None
    arena_bytes: int
    stack_bytes: int | None
    exact: bool | None
    cycles_estimated: int | None = None
    note: str = ""


COLUMNS = tuple(field.name for field in fields(Figures) if field.name != "note")


def measure_folder(folder: Path, target: str, samples: int) -> list[Figures]:
    """Measure every `.tflite` file of the folder. Raises HarnessError."""
    check_targets([target])
    models = sorted(folder.glob("*.tflite"))
    if not models:
        raise InputError("there are no .tflite files here", where=str(folder))
    project = Project.here()
    problems: list[Figures] = []
    workloads: list[Workload] = []
    for path in models:
        try:
            tflite, compiled = compile_file(path)
        except HarnessError as error:
            problems.append(Figures(path.stem, target, None, None, 0, None, None, note=error.what))
            continue
        inputs = random_inputs(compiled, samples, SEED).samples
        workloads.append(
            prepare(
                variant=path.stem,
                dtype=compiled.input.dtype,
                tflite=tflite,
                samples=inputs,
                cache_dir=project.cache,
            )
        )
    return problems + _measure(workloads, target, project)


def _measure(workloads: Sequence[Workload], target: str, project: Project) -> list[Figures]:
    with (
        TemporaryDirectory(prefix="harness-engine-") as scratch,
        Store(Path(scratch) / "engine.sqlite") as store,
    ):
        run = begin_unplanned(store, "benchmarks/engine", {})
        execution = Execution(project, store, run, RunSettings(), lambda _: None)
        execution.run(workloads, [load_catalogue()[target]])
        cells = {cell.key.variant: cell for cell in store.cells(run)}
        rows = [_figures(store, cells[each.variant], each) for each in workloads]
    spec = load_catalogue()[target]
    if spec.kind != "qemu" or table_for(spec.core) is None:
        return rows
    return [
        replace(row, cycles_estimated=_cycles(each, spec.core, target, project))
        if row.instructions is not None
        else row
        for row, each in zip(rows, workloads, strict=True)
    ]


def _cycles(workload: Workload, core: str, target: str, project: Project) -> int:
    compiled = workload.for_core(core).compiled
    return estimate(compiled, workload.inputs[0], target, project).cycles


def _figures(store: Store, cell: CellRecord, workload: Workload) -> Figures:
    table = store.samples(cell.id)
    measured = cell.status == "ok"
    return Figures(
        model=workload.variant,
        target=cell.key.target,
        instructions=float(np.median(table.counts)) if measured else None,
        flash_bytes=cell.facts.flash_bytes,
        arena_bytes=cell.facts.arena_bytes or 0,
        stack_bytes=cell.facts.stack_bytes,
        exact=_agrees(table.outputs, workload.reference) if measured else None,
        note=cell.reason,
    )


def _agrees(outputs: Sequence[bytes], reference: np.ndarray) -> bool:
    got = np.frombuffer(b"".join(outputs), reference.dtype).reshape(reference.shape)
    if reference.dtype != np.float32:
        return bool((got == reference).all())
    limit = FLOAT_TOLERANCE * max(1.0, float(np.abs(reference).max()))
    return bool((np.abs(got - reference) <= limit).all())


def _show(rows: Sequence[Figures]) -> None:
    table = Table("model", "target", *COLUMNS[2:], "note")
    for name in (*COLUMNS[2:6], "cycles_estimated"):
        table.columns[COLUMNS.index(name)].justify = "right"
    for row in rows:
        table.add_row(*(_text(value) for value in astuple(row)))
    console = Console()
    Console(width=max(console.width, WIDTH)).print(table)  # a pipe cuts nothing


def _text(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,.0f}" if isinstance(value, int | float) else str(value)


def _write(path: Path, rows: Sequence[Figures]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(asdict(row) for row in rows)


def main(
    folder: Annotated[Path, typer.Argument(help="Folder of .tflite files.")],
    target: Annotated[str, typer.Option("--target", help="Where to run: harness targets.")],
    csv_file: Annotated[Path | None, typer.Option("--csv", help="Also write a CSV file.")] = None,
    samples: Annotated[int, typer.Option("--samples", min=1, help="Random inputs.")] = 5,
) -> None:
    """Measure all models of FOLDER on one target."""
    errors = Console(stderr=True, highlight=False, soft_wrap=True)
    try:
        rows = measure_folder(folder, target, samples)
    except HarnessError as error:
        errors.print(f"error: {error}", style="red", markup=False)
        sys.exit(error.exit_code)
    _show(rows)
    if csv_file:
        _write(csv_file, rows)
    if any(row.exact is not True and row.instructions is not None for row in rows):
        errors.print("error: outputs differ from the reference", style="red")
        sys.exit(1)


if __name__ == "__main__":
    typer.run(main)
