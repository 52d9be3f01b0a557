"""The gate: a run against its baseline, or two versions of a runtime library."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from harness.cli.console import SafeConsole, plain_console
from harness.cli.options import QuietOption, ReportsOption, print_wide
from harness.errors import InputError

if TYPE_CHECKING:
    from harness.compare.gate import Comparison
    from harness.plan.limits import Limits

MORE_RUNS = 3  # exit code of a gate that cannot tell yet
LIBRARIES = "libraries"  # folder of the store of versions: its runs are no run of a plan


def compare(
    paths: Annotated[
        list[Path],
        typer.Argument(
            help="BASELINE [CURRENT]: a baseline file or a store, and what is compared with it, by "
            "default the newest run of reports/. With --library: models, .tflite files."
        ),
    ],
    run_id: Annotated[
        int | None, typer.Option("--run", help="The current run's number; default: the newest.")
    ] = None,
    accept: Annotated[
        bool, typer.Option("--accept", help="Write the current run to BASELINE.")
    ] = False,
    library: Annotated[
        list[str] | None,
        typer.Option(
            "--library",
            help="Given twice, OLD and NEW: folders of TensorFlow Lite Micro, or folders or git "
            "revisions of this project's engine. Both run the models; NEW is judged by OLD.",
        ),
    ] = None,
    target: Annotated[
        list[str] | None, typer.Option("--target", help="With --library; may be repeated.")
    ] = None,
    data: Annotated[
        Path | None, typer.Option("--data", help="With --library: samples, .npz with x.")
    ] = None,
    samples: Annotated[
        int | None,
        typer.Option("--samples", min=1, help="With --library: how many (random: 20)."),
    ] = None,
    seed: Annotated[
        int, typer.Option("--seed", min=0, help="With --library: of the random inputs.")
    ] = 0,
    junit: Annotated[Path | None, typer.Option("--junit", help="JUnit XML to write.")] = None,
    summary: Annotated[Path | None, typer.Option("--summary", help="Markdown to write.")] = None,
    reports: ReportsOption = None,
    quiet: QuietOption = False,
) -> None:
    """The gate: exit code 1 where a run is worse than its baseline, 3 where more runs are needed.

    Exit code 4 (or `moved_exit` of the plan's [gate]) where counts changed together with a compiler
    or simulator. With --library OLD --library NEW the gate is between two versions of a library.
    """
    if library:
        if run_id is not None or accept:
            raise InputError("--run and --accept belong to a baseline", hint="leave out --library")
        _versions(paths, library, target or [], (data, samples, seed), junit, summary, reports,
                  quiet=quiet)  # fmt: skip
        return
    if target or data or samples:
        raise InputError("--target, --data and --samples belong to --library OLD --library NEW")
    if len(paths) > 2:
        raise InputError(f"{len(paths)} paths, a baseline and a run are compared")
    _baseline(paths[0], paths[1] if len(paths) > 1 else None, run_id, junit, summary,
              reports, accept=accept)  # fmt: skip


def _baseline(
    baseline: Path,
    current: Path | None,
    run_id: int | None,
    junit: Path | None,
    summary: Path | None,
    reports: Path | None,
    *,
    accept: bool,
) -> None:
    from harness.compare import baseline as files
    from harness.compare import gate
    from harness.project import Project
    from harness.results.wording import plural

    now, limits = gate.load(current or Project.here(reports).reports, run_id)
    console = plain_console()
    if accept:
        files.write(baseline, now)
        console.print(f"{baseline}: {plural(len(now.cells), 'cell')} of {now.commit or 'this run'}")
        for line in gate.compare(now, now, limits).remarks:
            console.print(line)
        return
    before, _ = gate.load(baseline)
    found = gate.compare(before, now, limits)
    _print_findings(found)
    _end(found, limits, gate.publish(found, junit, summary))


def _versions(
    models: Sequence[Path],
    libraries: Sequence[str],
    targets: Sequence[str],
    inputs: tuple[Path | None, int | None, int],
    junit: Path | None,
    summary: Path | None,
    reports: Path | None,
    *,
    quiet: bool,
) -> None:
    from harness.boards.catalogue import check_targets
    from harness.cli.progress import open_progress
    from harness.compare import gate
    from harness.compare.layer_table import layer_table, layers_markdown
    from harness.compare.versions import compare_versions, measure_version, two_versions
    from harness.plan.limits import Limits
    from harness.project import Project
    from harness.run.inputs import InputSource
    from harness.store import Store

    if not targets:
        raise InputError("no target", hint="--target NAME; harness targets lists them")
    check_targets(list(targets))
    folder = Project.here(reports).reports / LIBRARIES
    project = Project.here(folder)
    versions = two_versions(libraries, project, targets)
    progress = open_progress(SafeConsole(), json_events=False, quiet=quiet)
    store = Store(project.store)
    source = InputSource(*inputs)
    with progress.live():
        old, new = [
            (measure_version(each, models, targets, project, store, source, progress.tell), each)
            for each in versions
        ]
    found, pairs = compare_versions(store, old, new)
    console = plain_console()
    console.print(f"before: {versions[0].title}\nnow:    {versions[1].title}")
    for pair in pairs:
        if pair.layers:
            print_wide(layer_table(pair))
    _print_findings(found)
    _end(found, Limits(), gate.publish(found, junit, summary, layers_markdown(pairs)))


def _print_findings(found: Comparison) -> None:
    from harness.compare.outputs import sorted_findings, where

    if found.findings:
        table = Table("verdict", "cell", "figure", "change", box=None)
        for each in sorted_findings(found.findings):
            table.add_row(each.verdict, where(each), each.figure, each.detail)
        print_wide(table)


def _end(found: Comparison, limits: Limits, annotations: Sequence[str]) -> None:
    """Print the outcome and leave with its exit code."""
    from harness.compare.outputs import summary

    console = plain_console()
    for line in (*found.remarks, *annotations):
        console.print(line)
    console.print(summary(found.baseline, found.findings))
    if found.regressed or found.undecided:
        raise SystemExit(1 if found.regressed else MORE_RUNS)
    if found.moved and limits.moved_exit:
        raise SystemExit(limits.moved_exit)
