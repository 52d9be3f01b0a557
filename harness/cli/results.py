"""Commands about what is in the store: report, history."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harness.cli.console import plain_console
from harness.cli.options import ReportsOption, print_wide
from harness.errors import InputError


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
