"""Commands about exported libraries: write one, verify one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harness.cli.console import plain_console
from harness.cli.options import ReportsOption, StreamOption, pooling_of
from harness.errors import InputError


def export(
    source: Annotated[
        str | None,
        typer.Argument(metavar="[RUN|FILE.tflite]", help="Default: the newest run."),
    ] = None,
    target: Annotated[
        str, typer.Option("--target", help="The board or simulator the library is for.")
    ] = "",
    variant: Annotated[
        str | None, typer.Option("--variant", help="With --dtype; default: the verdict's choice.")
    ] = None,
    dtype: Annotated[str | None, typer.Option("--dtype", help="Of the variant.")] = None,
    format_name: Annotated[
        str,
        typer.Option("--format", help="arduino, cmake, cmsis-pack, esp-idf, platformio or zephyr."),
    ] = "arduino",
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="New folder; default: export/NAME.")
    ] = None,
    name: Annotated[str, typer.Option("--name", help="C name of the library.")] = "",
    vectors: Annotated[
        int, typer.Option("--vectors", min=1, max=1000, help="Most vectors of the self-test.")
    ] = 8,
    data: Annotated[
        Path | None, typer.Option("--data", help="Of a file: samples, .npz with x.")
    ] = None,
    stream: StreamOption = None,
    prefer: Annotated[
        str | None,
        typer.Option("--prefer", help="Of a file: balanced (the default), time or flash."),
    ] = None,
    plan: Annotated[
        Path | None, typer.Option("--plan", help="The run's plan, where it names other files.")
    ] = None,
    reports: ReportsOption = None,
) -> None:
    """Write one model as a C library: the code that was measured, for one target."""
    from harness.codegen.prefer import BALANCED, preference
    from harness.export.from_file import from_file
    from harness.export.from_run import Wish, from_run
    from harness.export.library import check_format, library_files, write_library
    from harness.project import Project
    from harness.run.inputs import InputSource
    from harness.store import Store

    if not target:
        raise InputError("no target is named", hint="--target NAME; harness targets lists them")
    check_format(format_name)
    project = Project.here(reports)
    if source is not None and not source.isdecimal():
        if variant is not None or dtype is not None or plan is not None:
            raise InputError(
                f"{source}: --variant, --dtype and --plan are of a run", hint="leave them out"
            )
        kept = Store(project.store, create=False) if project.store.exists() else None
        given = InputSource(data, stream=pooling_of(stream))
        chosen = preference(prefer or BALANCED)
        shipment = from_file(Path(source), target, given, project, kept, name, chosen)
    else:
        if data is not None or stream is not None:
            raise InputError("--data and --stream are of a file; a run has its test split")
        if prefer is not None:
            raise InputError("--prefer is of a file; a run has its plan's preference")
        store = Store(project.store, create=False)
        run_id = store.latest_run() if source is None else int(source)
        if run_id is None:
            raise InputError("the store holds no run yet", where=str(project.store))
        console = plain_console(stderr=True)
        shipment = from_run(
            store,
            run_id,
            Wish(target, variant, dtype, name, plan),
            project,
            lambda step: console.print(f"{step.variant}: {step.stage}"),
        )
    shipment = shipment.with_vectors(vectors)
    folder = out or Path("export") / shipment.name
    write_library(folder, library_files(shipment, format_name, project.root))
    console = plain_console()
    console.print(f"{folder}: {shipment.title} for {target}, as {format_name}")
    console.print(f"  {shipment.name}.tflite: SHA-256 {shipment.sha256}")
    figures = shipment.figures
    measured = "not measured here" if figures is None else f"{figures.latency:,.10g} {figures.unit}"
    console.print(
        f"  arena {shipment.compiled.arena_bytes:,} B, constants "
        f"{shipment.compiled.const_bytes:,} B, an inference: {measured}"
    )
    console.print(f"  harness verify {folder} measures it again")


def verify(
    folder: Annotated[
        Path, typer.Argument(help="What harness export wrote, or a .zip of a report.")
    ],
    target: Annotated[
        str, typer.Option("--target", help="A simulator of its core; default: its own target.")
    ] = "",
) -> None:
    """Measure an exported library again; exit code 1 where it is not what its manifest says."""
    from harness.export.verify import verify as compare
    from harness.project import Project

    found = compare(folder, Project.here(), target)
    console = plain_console()
    for line in found.differences:
        console.print(f"differs: {line}", style="red")
    for line in found.notes:
        console.print(f"note: {line}")
    where = f", run on {found.target}" if found.target else ""
    count = len(found.manifest.files)
    if found.differences:
        console.print(f"{folder}: {len(found.differences)} differences ({count} files{where})")
        raise SystemExit(1)
    console.print(f"{folder}: as exported ({count} files{where})")
