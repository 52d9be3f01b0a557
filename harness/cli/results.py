"""Commands about what is in the store: report, gate, history."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from harness.cli.console import plain_console
from harness.cli.options import ReportsOption, print_wide
from harness.errors import InputError

MORE_RUNS = 3  # exit code of a gate that cannot tell yet


def report(
    run_id: Annotated[
        int | None, typer.Option("--run", help="The run's number; default: the newest.")
    ] = None,
    reports: ReportsOption = None,
) -> None:
    """Write the report of a run that is in the store already."""
    from harness.export.ship import Shipper
    from harness.project import Project
    from harness.report.write import write_report
    from harness.store import Store

    project = Project.here(reports)
    store = Store(project.store, create=False)
    chosen = store.latest_run() if run_id is None else run_id
    if chosen is None:
        raise InputError("the store holds no run yet", where=str(project.store), hint="harness run")
    folder = write_report(store, chosen, project.reports, shipper=Shipper(project))
    plain_console().print(f"report: {folder / 'index.html'}")


def compare(
    baseline: Annotated[Path, typer.Argument(help="A baseline file, or a store to compare with.")],
    current: Annotated[
        Path | None,
        typer.Argument(help="Store, folder of one, or baseline file; default: reports/."),
    ] = None,
    run_id: Annotated[
        int | None, typer.Option("--run", help="The current run's number; default: the newest.")
    ] = None,
    accept: Annotated[
        bool, typer.Option("--accept", help="Write the current run to BASELINE.")
    ] = False,
    junit: Annotated[Path | None, typer.Option("--junit", help="JUnit XML to write.")] = None,
    summary: Annotated[Path | None, typer.Option("--summary", help="Markdown to write.")] = None,
) -> None:
    """The gate: exit code 1 where a run is worse than its baseline, 3 where more runs are needed.

    Exit code 4 (or `moved_exit` of the plan's [gate]) where counts changed together with a compiler
    or simulator.
    """
    from harness.compare import baseline as files
    from harness.compare import gate
    from harness.compare.outputs import sorted_findings, where
    from harness.compare.outputs import summary as sentence
    from harness.project import Project
    from harness.results.wording import plural

    now, limits = gate.load(current or Project.here().reports, run_id)
    console = plain_console()
    if accept:
        files.write(baseline, now)
        console.print(f"{baseline}: {plural(len(now.cells), 'cell')} of {now.commit or 'this run'}")
        for line in gate.compare(now, now, limits).remarks:
            console.print(line)
        return
    before, _ = gate.load(baseline)
    found = gate.compare(before, now, limits)
    if found.findings:
        table = Table("verdict", "cell", "figure", "change", box=None)
        for each in sorted_findings(found.findings):
            table.add_row(each.verdict, where(each), each.figure, each.detail)
        print_wide(table)
    for line in (*found.remarks, *gate.publish(found, junit, summary)):
        console.print(line)
    console.print(sentence(found.baseline, found.findings))
    if found.regressed or found.undecided:
        raise SystemExit(1 if found.regressed else MORE_RUNS)
    if found.moved and limits.moved_exit:
        raise SystemExit(limits.moved_exit)


def history(
    sources: Annotated[
        list[Path] | None,
        typer.Argument(help="Stores, report folders, results.json files; default: reports/."),
    ] = None,
    metric: Annotated[
        str, typer.Option("--metric", help="A column of results.csv.")
    ] = "latency_median",
    plan: Annotated[
        str, typer.Option("--plan", help="Name of the plan; default: the newest run's.")
    ] = "",
    cells: Annotated[
        str, typer.Option("--cells", help="Pattern of variant/dtype/engine/target.")
    ] = "*",
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder of plot and table: reports/history.")
    ] = None,
) -> None:
    """Plot a figure over the commits of past runs and name those where it stepped."""
    from harness.history.series import history as follow
    from harness.history.text import render, write_history
    from harness.project import Project

    reports = Project.here().reports
    found = follow(sources or [reports], metric=metric, plan=plan, cells=cells)
    for part in render(found):
        print_wide(part)
    for path in write_history(found, out or reports / "history"):
        plain_console().print(str(path))
