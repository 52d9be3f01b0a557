"""`harness search`: the variant that meets a budget."""

from __future__ import annotations

from typing import Annotated

import typer

from harness.cli.console import SafeConsole
from harness.cli.options import (
    JsonOption,
    PlanPath,
    PortOption,
    QuietOption,
    ReportsOption,
    TrustOption,
    ports_of,
    read_plan,
)


def search(
    plan_path: PlanPath,
    target: Annotated[
        list[str], typer.Option("--target", help="Target of the plan; may be repeated.")
    ],
    minutes: Annotated[
        float | None,
        typer.Option("--minutes", min=0.1, help="Train no further shapes after that time."),
    ] = None,
    trials: Annotated[
        int | None, typer.Option("--trials", min=4, max=1000, help="Shapes that are trained first.")
    ] = None,
    port: PortOption = None,
    trust: TrustOption = False,
    reports: ReportsOption = None,
    json_events: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Find the variant that meets the plan's [search] budget, and measure it: docs/search.md."""
    from harness.cli.progress import Outcome, open_progress
    from harness.export.ship import Shipper
    from harness.project import Project
    from harness.report.write import write_report
    from harness.run.plan_run import failed_cells
    from harness.search.search import search_plan
    from harness.search.trace import summary, write_trace
    from harness.store import Store

    progress = open_progress(SafeConsole(), json_events=json_events, quiet=quiet)
    project = Project.here(reports)
    plan = read_plan(plan_path).trusted_by(trust)
    plan = plan.narrowed(target, ports_of(port, target))
    given = {"minutes": minutes, "trials": trials}
    asked = {key: value for key, value in given.items() if value is not None}
    plan = plan.model_copy(update={"search": plan.search.model_copy(update=asked)})
    store = Store(project.store)
    with progress.live():
        found = search_plan(plan, plan_path, project, store, progress)
    shipper = Shipper(project, found.plan)
    folder = write_report(store, found.run_id, project.reports, shipper=shipper)
    page = write_trace(found, store, folder)
    lines = summary(found, store)
    failed = len(failed_cells(store, found.run_id))
    lines += [f"cells that failed: {failed}"] if failed else []
    progress.end(Outcome(page, lines, {"run": found.run_id, "failed": failed, "search": lines}))
    if failed or not all(found.meets.values()):
        raise SystemExit(1)
