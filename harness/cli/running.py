"""Commands that measure: a plan, a single model, a sweep."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.console import SafeConsole, plain_console
from harness.cli.options import (
    JsonOption,
    PlanPath,
    PortOption,
    PreferOption,
    QuietOption,
    ReportsOption,
    StreamOption,
    TflmLibraryOption,
    TraceOption,
    TranscriptsOption,
    TrustOption,
    engines_of,
    pooling_of,
    ports_of,
    read_plan,
)

if TYPE_CHECKING:
    from harness.cli.progress import Reporter
    from harness.plan.plan import Plan
    from harness.project import Project
    from harness.store import Store
    from harness.variants.untrained import Checked


def run(
    plan_path: PlanPath,
    resume: Annotated[
        bool, typer.Option("--resume", help="Finish the newest unfinished run of this plan.")
    ] = False,
    target: Annotated[
        list[str] | None, typer.Option("--target", help="Only these targets of the plan.")
    ] = None,
    port: PortOption = None,
    tflm_library: TflmLibraryOption = None,
    trust: TrustOption = False,
    reports: ReportsOption = None,
    transcripts: TranscriptsOption = False,
    trace: TraceOption = None,
    json_events: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Build every variant of a plan, measure it on every target, write the report."""
    from harness.cli.progress import open_progress
    from harness.plan.plan import ENCODING
    from harness.project import Project
    from harness.run.plan_run import run_plan
    from harness.run.trace import traced
    from harness.store import Store

    progress = open_progress(SafeConsole(), json_events=json_events, quiet=quiet)
    project = Project.here(reports)
    plan = read_plan(plan_path).trusted_by(trust)
    plan = plan.narrowed(target or [], ports_of(port, target or plan.matrix.targets))
    store = Store(project.store)
    with progress.live(), traced(trace) as steps:
        run_id = run_plan(
            plan,
            plan_path.read_text(encoding=ENCODING),
            project,
            store,
            progress,
            resume=resume,
            tflm_library=tflm_library,
            transcripts=transcripts,
            trace=steps,
        )
    _end(progress, project, store, run_id, plan)


def sweep(
    plan_path: PlanPath,
    method: Annotated[list[str], typer.Option("--method", help="Pruning method; may be repeated.")],
    sparsity: Annotated[
        list[str] | None,
        typer.Option("--sparsity", help="first:last:step or a list: 0:0.95:0.05, or 0.5,0.8."),
    ] = None,
    seeds: Annotated[
        int | None,
        typer.Option("--seeds", min=1, max=100, help="Default: 5, or the plan's if more."),
    ] = None,
    tolerance: Annotated[
        float,
        typer.Option("--tolerance", min=0, max=100, help="Of the knee, in percentage points."),
    ] = 1.0,
    trust: TrustOption = False,
    reports: ReportsOption = None,
    json_events: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Prune a plan's model from 0 to 95 % by each method; plot accuracy, mark the knee."""
    from harness.cli.progress import Outcome, open_progress
    from harness.project import Project
    from harness.sweep.sweep import (
        DEFAULT_SEEDS,
        DEFAULT_SPARSITY,
        parse_sparsities,
        publish,
        run_sweep,
    )

    project = Project.here(reports)
    levels = parse_sparsities(sparsity or [DEFAULT_SPARSITY])
    plan = read_plan(plan_path).trusted_by(trust)
    plan = plan.model_copy(update={"seeds": seeds or max(plan.seeds, DEFAULT_SEEDS)})
    progress = open_progress(SafeConsole(), json_events=json_events, quiet=quiet)
    with progress.live():
        found = run_sweep(plan, method, levels, cache_dir=project.cache, on_progress=progress.train)
    folder = publish(found, plan, tolerance / 100, project)
    knees = found.knees(tolerance / 100)
    progress.end(Outcome(folder / "index.html", knees, {"knees": knees}))


def bench(
    model: Annotated[Path, typer.Argument(help="A .tflite file.")],
    target: Annotated[list[str], typer.Option("--target", help="Target; may be repeated.")],
    data: Annotated[
        Path | None,
        typer.Option(
            "--data",
            help="Samples: .npz with x (or an array by input name) and, optionally, labels y.",
        ),
    ] = None,
    samples: Annotated[
        int | None, typer.Option("--samples", min=1, help="How many samples (random: 20).")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of the random inputs.")] = 0,
    stream: StreamOption = None,
    save_io: Annotated[
        Path | None,
        typer.Option("--save-io", help="Write inputs, raw outputs and counts to this .npz."),
    ] = None,
    engine: Annotated[
        list[str] | None,
        typer.Option("--engine", help="codegen (the default) or tflm; may be repeated."),
    ] = None,
    authority: Annotated[
        str | None,
        typer.Option(
            "--authority",
            help="Runtime that parity is measured against: litert-1.2, litert-2.3 or tflm; by "
            "default the one that is right for the model's operators.",
        ),
    ] = None,
    output: Annotated[
        str,
        typer.Option(
            help="The output that labels score, of a model with several: by default the first."
        ),
    ] = "",
    tflm_library: TflmLibraryOption = None,
    prefer: PreferOption = "balanced",
    port: PortOption = None,
    reports: ReportsOption = None,
    transcripts: TranscriptsOption = False,
    trace: TraceOption = None,
    json_events: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Put any model file straight onto targets and compare it with TensorFlow Lite."""
    from harness.boards.catalogue import check_targets
    from harness.cli.progress import open_progress
    from harness.codegen.prefer import preference
    from harness.project import Project
    from harness.run.inputs import InputSource
    from harness.run.model_run import bench_model
    from harness.run.model_run import save_io as write_io
    from harness.run.settings import RunSettings, tflm_engine
    from harness.run.trace import traced
    from harness.store import Store
    from harness.workload.authority import authority_named

    check_targets(target)
    fixed = authority_named(authority) if authority else None
    progress = open_progress(SafeConsole(), json_events=json_events, quiet=quiet)
    project = Project.here(reports)
    store = Store(project.store)
    engines = engines_of(engine)
    with progress.live(), traced(trace) as steps:
        settings = RunSettings(
            ports=ports_of(port, target),
            engines=engines,
            tflm=tflm_engine(project, engines, target, tflm_library),
            transcripts=transcripts,
            prefer=preference(prefer),
            authority=fixed,
            trace=steps,
        )
        source = InputSource(data, samples, seed, pooling_of(stream))
        run_id, workload = bench_model(
            model, target, project, store, source, settings, progress.tell, output
        )
    if save_io is not None:
        write_io(save_io, store, run_id, workload)
    _end(progress, project, store, run_id)


def plan_check(
    plan_path: PlanPath,
    no_model: Annotated[
        bool, typer.Option("--no-model", help="Only read the plan: no samples, no TensorFlow.")
    ] = False,
    tflm_library: TflmLibraryOption = None,
    trust: TrustOption = False,
) -> None:
    """Explain every mistake of a plan, or show its cells.

    Also converts the untrained model and compiles it for every target's core, which takes
    TensorFlow some seconds the first time.
    """
    from harness.results.wording import numbered, plural

    plan = read_plan(plan_path).trusted_by(trust)
    axes = {
        "variant": plan.variants,
        "dtype": plan.matrix.dtypes,
        "engine": plan.matrix.engines,
        "target": plan.matrix.targets,
    }
    factors = " x ".join(plural(len(names), axis) for axis, names in axes.items())
    console = plain_console()
    found = None if no_model else _check_model(plan, tflm_library)
    console.print(f"{plan_path}: valid. {plural(len(plan.cells()), 'cell')}: {factors}")
    if found is not None:
        for note in found.left_alone:
            console.print(f"  {note.variant}: {note.stage}")
        for refusal in found.refusals:
            console.print(f"  {refusal}")
        if found.class_names:
            console.print(f"  classes by output: {numbered(found.class_names)}")


def _check_model(plan: Plan, tflm_library: Path | None) -> Checked:
    """Check the probes' packages, the library of `tflm`, samples and the untrained model."""
    from harness.energy.probes import require_packages
    from harness.project import Project
    from harness.run.plan_run import settings_of
    from harness.variants.untrained import check_plan

    project = Project.here(None)
    require_packages(plan.energy, plan.matrix.targets)
    settings = settings_of(plan, project, tflm_library)
    return check_plan(plan, project.cache, lambda _: None, settings.judges)


def _end(
    progress: Reporter, project: Project, store: Store, run_id: int, plan: Plan | None = None
) -> None:
    from harness.cli.progress import Outcome
    from harness.export.ship import Shipper
    from harness.report.write import write_report
    from harness.results.data import load_run
    from harness.results.soundness import saturation, told
    from harness.run.plan_run import empty_variants, failed_cells

    shipper = Shipper(project, plan)
    page = write_report(store, run_id, project.reports, shipper=shipper) / "index.html"
    failed = len(failed_cells(store, run_id))
    empty = empty_variants(store, run_id)
    warnings = saturation(store.cells(run_id)) + told(load_run(store, run_id).cells)
    lines = [f"cells that failed: {failed}"] if failed else []
    if empty:
        lines.append(f"variants without a measured cell: {', '.join(empty)}")
    facts = {"run": run_id, "failed": failed, "empty": empty, "warnings": warnings}
    progress.end(Outcome(page, [*warnings, *lines], facts))
    if failed or empty:
        raise SystemExit(1)
