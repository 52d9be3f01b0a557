"""Writing a run's report folder: beside first, then renamed, so that it is never half there."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from harness.durable import replaced
from harness.errors import StoreError
from harness.report.html import render_html
from harness.report.latex import to_latex
from harness.report.markdown import render_markdown
from harness.report.page import make_page
from harness.report.plots.plots import draw_plots
from harness.report.ship import FOLDER as SHIP
from harness.report.ship import Shipper
from harness.report.verdict import TOLERANCE
from harness.results.data import load_run
from harness.results.details import layers_frame, seeds_frame
from harness.results.escape import write_csv
from harness.results.exports import write_exports
from harness.results.table import frame_of
from harness.store import RunRecord, Store

LATEST = "latest"
SEARCH_FILES = ("search.html", "search.json", "plan.toml")  # kept: `harness search` wrote them


def write_report(
    store: Store,
    run_id: int,
    reports_dir: Path,
    *,
    log: Callable[[str], None] | None = None,
    tolerance: float = TOLERANCE,
    shipper: Shipper | None = None,
) -> Path:
    """Write index.html, results.{csv,json,parquet,md,tex}, {layers,seeds}.csv, plots/*.svg.

    Returns the folder, named after plan and run; writing a run's report again replaces it.
    `reports_dir`/latest points to it. `tolerance` is the accuracy that the verdict may give away,
    a fraction; `shipper` writes the models to ship below ship/. Raises StoreError where there is no
    such run or the folder cannot be written.
    """
    data = load_run(store, run_id)
    frame = frame_of(data)
    page = make_page(data, frame, tolerance)
    found = [target.verdict for target in page.targets]
    plots = draw_plots(data, frame, found)
    folder = reports_dir / _folder_name(data.run)
    try:
        with replaced(folder) as partial:
            if shipper is not None:
                page = page.with_ships(shipper(data, frame, found, partial / SHIP))
            (partial / "plots").mkdir()
            for name in SEARCH_FILES:
                if (folder / name).is_file():
                    shutil.copyfile(folder / name, partial / name)
            write_csv(frame, partial / "results.csv")
            write_exports(frame, _run_facts(data.run), partial)
            write_csv(layers_frame(data), partial / "layers.csv")
            write_csv(seeds_frame(data), partial / "seeds.csv")
            tables = to_latex(frame, data.run.plan_name)
            (partial / "results.tex").write_text(tables, encoding="utf-8")
            (partial / "results.md").write_text(render_markdown(page), encoding="utf-8")
            (partial / "index.html").write_text(render_html(page, plots), encoding="utf-8")
            for plot in plots:
                (partial / "plots" / f"{plot.name}.svg").write_text(plot.svg_file, encoding="utf-8")
        _point_latest(reports_dir, folder)
    except OSError as error:
        raise StoreError(
            f"the report cannot be written: {error.strerror}",
            where=str(folder),
            hint="check disk space and permissions, then: harness report",
        ) from error
    if log is not None:
        log(f"report of run {run_id}: {folder / 'index.html'}")
    return folder


def _run_facts(run: RunRecord) -> dict[str, Any]:
    return {
        "id": run.id,
        "plan": run.plan_name,
        "started": run.started.isoformat(),
        "finished": run.finished.isoformat() if run.finished else None,
        "provenance": run.provenance,
    }


def _folder_name(run: RunRecord) -> str:
    plan = re.sub(r"[^A-Za-z0-9_-]+", "-", run.plan_name).strip("-") or "run"
    return f"{plan}-{run.started:%Y%m%dT%H%M%SZ}-run{run.id}"


def _point_latest(reports_dir: Path, folder: Path) -> None:
    """Repoint `latest` in one step; where links are not allowed it is a file with the name."""
    beside = reports_dir / f".{LATEST}.{os.getpid()}"
    with suppress(FileNotFoundError):
        beside.unlink()
    try:
        beside.symlink_to(folder.name, target_is_directory=True)
    except OSError:
        beside.write_text(folder.name + "\n", encoding="utf-8")
    beside.replace(reports_dir / LATEST)
