"""The command line. It alone prints, with `cli_listen`; heavy imports happen inside commands."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console, RenderableType
from rich.table import Table

from harness.cli_listen import listen
from harness.errors import HarnessError, InputError, PlanError

if TYPE_CHECKING:
    from harness.progress import Reporter
    from harness.store import Store

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Which pruned model should ship on which board? Measured on the boards themselves.",
)
plan_app = typer.Typer(no_args_is_help=True, help="Work with plan files.")
app.add_typer(plan_app, name="plan")

PlanPath = Annotated[Path, typer.Argument(help="The plan, a TOML file.")]
PortOption = Annotated[
    list[str] | None,
    typer.Option("--port", help="Serial port of a board, TARGET=PORT; may be repeated."),
]


TflmLibraryOption = Annotated[
    Path | None,
    typer.Option(
        "--tflm-library",
        envvar="HARNESS_TFLM_LIBRARY",
        help="Folder of the engine tflm's library: docs/tflm.md.",
    ),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Progress as JSON events, one a line: docs/progress.md.")
]
QuietOption = Annotated[bool, typer.Option("-q", "--quiet", help="Print errors only.")]
WIDEST_TABLE = 160

ReportsOption = Annotated[
    Path | None,
    typer.Option("--reports", help="Folder of the results store and the reports: reports/."),
]


def main() -> None:
    """Entry point: typed errors become one message and their exit code, never a traceback."""
    errors = Console(stderr=True, highlight=False, soft_wrap=True)
    try:
        app()
    except PlanError as error:
        errors.print(f"error: {error.where}:", style="red", markup=False)
        for problem in error.problems:
            errors.print(f"  {problem}", markup=False)
        raise SystemExit(error.exit_code) from None
    except HarnessError as error:
        where = f"{error.where}: " if error.where else ""
        errors.print(f"error: {where}{error.what}", style="red", markup=False)
        if error.hint:
            errors.print(f"  {error.hint}", markup=False)
        raise SystemExit(error.exit_code) from None
    except OSError as error:
        errors.print(f"error: {error}", style="red", markup=False)
        errors.print("  check that the folder is there and may be written to", markup=False)
        raise SystemExit(InputError.exit_code) from None
    except KeyboardInterrupt:
        errors.print(
            "interrupted: what was measured is kept, `harness run PLAN --resume` goes on",
            style="yellow",
        )
        raise SystemExit(130) from None


@app.command()
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
    reports: ReportsOption = None,
    json_events: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Build every variant of a plan, measure it on every target, write the report."""
    from harness.plan import load_plan
    from harness.progress import open_progress
    from harness.project import Project
    from harness.run import run_plan
    from harness.store import Store

    progress = open_progress(Console(), json_events=json_events, quiet=quiet)
    project = Project.here(reports)
    plan = load_plan(plan_path).narrowed(target or [], _ports(port))
    store = Store(project.store)
    with progress.live():
        run_id = run_plan(
            plan,
            plan_path.read_text(encoding="utf-8"),
            project,
            store,
            resume=resume,
            tflm_library=tflm_library,
            on_training=progress.train,
            on_event=progress.tell,
        )
    _end(progress, project.reports, store, run_id)


@app.command()
def sweep(
    plan_path: PlanPath,
    method: Annotated[list[str], typer.Option("--method", help="Pruning method; may be repeated.")],
    sparsity: Annotated[
        list[str] | None,
        typer.Option("--sparsity", help="first:last:step or a list: 0:0.95:0.05, or 0.5,0.8."),
    ] = None,
    seeds: Annotated[
        int | None, typer.Option("--seeds", min=1, max=100, help="Default: the plan's.")
    ] = None,
    tolerance: Annotated[
        float,
        typer.Option("--tolerance", min=0, max=100, help="Of the knee, in percentage points."),
    ] = 1.0,
    reports: ReportsOption = None,
    json_events: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Prune a plan's model from 0 to 95 % by each method; plot accuracy, mark the knee."""
    from harness.plan import load_plan
    from harness.progress import Outcome, open_progress
    from harness.project import Project
    from harness.sweep import DEFAULT_SPARSITY, parse_sparsities, publish, run_sweep

    project = Project.here(reports)
    levels = parse_sparsities(sparsity or [DEFAULT_SPARSITY])
    plan = load_plan(plan_path)
    if seeds is not None:
        plan = plan.model_copy(update={"seeds": seeds})
    progress = open_progress(Console(), json_events=json_events, quiet=quiet)
    with progress.live():
        found = run_sweep(plan, method, levels, cache_dir=project.cache, on_progress=progress.train)
    folder = publish(found, plan, tolerance / 100, project)
    knees = found.knees(tolerance / 100)
    progress.end(Outcome(folder / "index.html", knees, {"knees": knees}))


@app.command()
def bench(
    model: Annotated[Path, typer.Argument(help="A .tflite file.")],
    target: Annotated[list[str], typer.Option("--target", help="Target; may be repeated.")],
    data: Annotated[
        Path | None, typer.Option("--data", help="Samples: .npz with x and, optionally, labels y.")
    ] = None,
    samples: Annotated[
        int | None, typer.Option("--samples", min=1, help="How many samples (random: 20).")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Of the random inputs.")] = 0,
    save_io: Annotated[
        Path | None,
        typer.Option("--save-io", help="Write inputs, raw outputs and counts to this .npz."),
    ] = None,
    engine: Annotated[
        list[str] | None,
        typer.Option("--engine", help="codegen (the default) or tflm; may be repeated."),
    ] = None,
    tflm_library: TflmLibraryOption = None,
    port: PortOption = None,
    reports: ReportsOption = None,
    json_events: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Put any model file straight onto targets and compare it with TensorFlow Lite."""
    from harness.bench import bench_model
    from harness.bench import save_io as write_io
    from harness.progress import open_progress
    from harness.project import Project
    from harness.store import Store
    from harness.targets.catalogue import check_targets

    check_targets(target)
    progress = open_progress(Console(), json_events=json_events, quiet=quiet)
    project = Project.here(reports)
    store = Store(project.store)
    with progress.live():
        run_id, workload = bench_model(
            model,
            target,
            project,
            store,
            data=data,
            samples=samples,
            seed=seed,
            ports=_ports(port),
            on_event=progress.tell,
            engines=_engines(engine),
            tflm_library=tflm_library,
        )
    if save_io is not None:
        write_io(save_io, store, run_id, workload)
    _end(progress, project.reports, store, run_id)


@app.command()
def codegen(
    model: Annotated[Path, typer.Argument(help="A .tflite file.")],
    out: Annotated[Path, typer.Option("--out", help="Folder to write the headers to.")],
) -> None:
    """Write a model's C headers: the code of the engine, and the plain byte array of the file."""
    from harness.codegen import byte_array_header
    from harness.model_file import compile_file

    tflite, compiled = compile_file(model)
    out.mkdir(parents=True, exist_ok=True)
    code, array = out / f"model_{compiled.name}.h", out / f"{compiled.name}_tflite.h"
    code.write_text(compiled.header, encoding="utf-8")
    array.write_text(byte_array_header(tflite, compiled.name), encoding="utf-8")
    console = Console(highlight=False)
    sizes = f"arena {compiled.arena_bytes:,} B, constants {compiled.const_bytes:,} B"
    console.print(f"{code}: {sizes}", soft_wrap=True)
    console.print(f"{array}: the {len(tflite):,} B of the file", soft_wrap=True)


@app.command()
def inspect(
    model: Annotated[Path, typer.Argument(help="A .tflite file.")],
    target: Annotated[
        str, typer.Option("--target", help="Whose core decides between kernels.")
    ] = "qemu-m4",
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Also write everything to this JSON file.")
    ] = None,
) -> None:
    """Show a model's layers, the kernels chosen for a target and its memory plan."""
    import json
    from dataclasses import asdict

    from harness.inspect import inspect_file
    from harness.inspect_text import render
    from harness.targets.catalogue import check_targets, load_catalogue

    check_targets([target])
    found = inspect_file(model, load_catalogue()[target].core)
    if json_file is not None:
        json_file.write_text(json.dumps(asdict(found), indent=1) + "\n", encoding="utf-8")
    for part in render(found):
        _print_wide(part)


@app.command()
def profile(
    model: Annotated[Path, typer.Argument(help="A .tflite file.")],
    target: Annotated[str, typer.Option(help="A QEMU target, e.g. qemu-m4.")] = "qemu-m4",
    data: Annotated[
        Path | None, typer.Option("--data", help="Samples: .npz with x; the first one is run.")
    ] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Also write the profile to this file.")
    ] = None,
) -> None:
    """Show where a model's time goes: instructions and estimated cycles by layer and function."""
    import json
    from dataclasses import asdict

    from harness.bench import load_npz, random_inputs
    from harness.model_file import compile_file
    from harness.profile.profile import profile as take
    from harness.profile.profile import profiled_target
    from harness.profile.text import render
    from harness.project import Project
    from harness.targets.catalogue import check_targets
    from harness.workload import fit_inputs

    check_targets([target])
    spec, _ = profiled_target(target)
    _, compiled = compile_file(model, spec.core)
    samples = load_npz(data, 1).samples if data else random_inputs(compiled, 1, 0).samples
    found = take(compiled, fit_inputs(samples, compiled)[0], target, Project.here())
    if json_file is not None:
        json_file.write_text(json.dumps(asdict(found), indent=1) + "\n", encoding="utf-8")
    for part in render(found):
        _print_wide(part)


@app.command()
def report(
    run_id: Annotated[
        int | None, typer.Option("--run", help="The run's number; default: the newest.")
    ] = None,
    reports: ReportsOption = None,
) -> None:
    """Write the report of a run that is in the store already."""
    from harness.project import Project
    from harness.store import Store

    project = Project.here(reports)
    store = Store(project.store, create=False)
    chosen = store.latest_run() if run_id is None else run_id
    if chosen is None:
        raise InputError("the store holds no run yet", where=str(project.store), hint="harness run")
    _finish(Console(), project.reports, store, chosen)


@app.command()
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
    """The gate: exit code 1 where a run is worse than its baseline."""
    from harness.compare import baseline as files
    from harness.compare import gate
    from harness.compare.outputs import sorted_findings
    from harness.compare.outputs import summary as sentence
    from harness.project import Project

    now, limits = gate.load(current or Project.here().reports, run_id)
    console = Console(highlight=False, soft_wrap=True)
    if accept:
        files.write(baseline, now)
        console.print(f"{baseline}: {len(now.cells)} cells of {now.commit or 'this run'}")
        return
    before, _ = gate.load(baseline)
    found = gate.compare(before, now, limits)
    if found.findings:
        table = Table("verdict", "cell", "figure", "change", box=None)
        for each in sorted_findings(found.findings):
            table.add_row(each.verdict, each.cell, each.figure, each.detail)
        _print_wide(table)
    for line in gate.publish(found, junit, summary):
        console.print(line, markup=False)
    console.print(sentence(found.baseline, found.findings))
    if found.regressed:
        raise SystemExit(1)


@app.command()
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
    from harness.history import history as follow
    from harness.history_text import render, write_history
    from harness.project import Project

    reports = Project.here().reports
    found = follow(sources or [reports], metric=metric, plan=plan, cells=cells)
    for part in render(found):
        _print_wide(part)
    for path in write_history(found, out or reports / "history"):
        Console(highlight=False, soft_wrap=True).print(path)


@plan_app.command("check")
def plan_check(plan_path: PlanPath) -> None:
    """Explain every mistake of a plan, or show the cells it stands for."""
    from harness.plan import load_plan

    plan = load_plan(plan_path)
    matrix = plan.matrix
    Console(highlight=False).print(
        f"{plan_path}: valid. {len(plan.cells())} cells: {len(plan.variants)} variants x "
        f"{len(matrix.dtypes)} dtypes x {len(matrix.engines)} engines x "
        f"{len(matrix.targets)} targets",
        soft_wrap=True,
    )


@app.command()
def targets() -> None:
    """List the boards and simulators, and whether they can be used on this machine."""
    from harness.doctor import missing_tools
    from harness.project import Project
    from harness.targets.catalogue import load_catalogue

    root = Project.here().root
    table = Table("target", "what it is", "flash", "RAM", "latency in", "ready", box=None)
    for spec in load_catalogue().values():
        missing = missing_tools(spec, root)
        if missing:
            ready = f"missing: {', '.join(missing)}"
        else:
            ready = "yes" if spec.simulated else "with a board"
        flash, ram = _kib(spec.flash_bytes), _kib(spec.ram_bytes)
        table.add_row(spec.name, spec.title, flash, ram, spec.latency_unit, ready)
    _print_wide(table)


@app.command()
def boards() -> None:
    """List the attached boards: port, USB facts, which targets they can be, who uses them."""
    from harness.project import Project
    from harness.targets.catalogue import load_catalogue
    from harness.targets.ownership import owner_of
    from harness.targets.ports import attached

    locks = Project.here().port_locks
    table = Table("port", "USB id", "serial number", "USB place", "product", "target", "used by")
    table.box = None
    for port in attached():
        able = [
            spec.name
            for spec in load_catalogue().values()
            if port.usb in {identity.upper() for identity in spec.usb}
        ]
        facts = (port.device, port.usb, port.serial_number, port.location, port.product)
        table.add_row(*facts, " or ".join(able) or "unknown", owner_of(port, locks))
    if table.row_count:
        _print_wide(table)
    else:
        Console(highlight=False).print("no board is attached by USB")


app.command()(listen)


@app.command()
def dut(
    model: Annotated[Path, typer.Argument(help="An int8 .tflite file.")],
    target: Annotated[str, typer.Option("--target", help="Simulators stay until Ctrl-C.")],
    benchmark: Annotated[str, typer.Option("--benchmark", help="kws01, ic01: the runner's test.")],
    samples: Annotated[
        str, typer.Option("--samples", help="int8 or uint8; default: uint8 for ic and vww.")
    ] = "",
    baud: Annotated[int, typer.Option("--baud", help="115200 or 921600.")] = 115200,
    port: PortOption = None,
) -> None:
    """Make a board speak MLPerf Tiny's serial dialect, for that benchmark's own runner."""
    from harness.dut import serve
    from harness.project import Project
    from harness.targets.catalogue import check_targets

    check_targets([target])
    serve(
        model,
        target,
        Project.here(),
        benchmark=benchmark,
        samples=samples,
        baud=baud,
        ports=_ports(port),
        on_ready=lambda device: Console(highlight=False, soft_wrap=True).print(
            f"{target} speaks the dialect at {baud} baud: {device}", markup=False
        ),
    )


@app.command()
def doctor() -> None:
    """Say which tools are missing, what they are for and how to get them."""
    from harness.doctor import examine
    from harness.project import Project
    from harness.targets.catalogue import load_catalogue

    catalogue = load_catalogue()
    checks = examine(catalogue, Project.here().root)
    table = Table("", "tool", "for", "version, or how to get it", box=None)
    for check in checks:
        lacks = "optional" if check.optional else "[red]missing[/]"
        mark = "[green]ok[/]" if check.found else lacks
        every = len(check.targets) == len(catalogue)
        used = "every target" if every else ", ".join(check.targets) or check.group
        table.add_row(mark, check.name, used, check.version if check.found else check.remedy)
    _print_wide(table)
    if not all(check.found or check.optional for check in checks):
        raise SystemExit(1)


def _print_wide(part: RenderableType) -> None:
    """Print one line a row, whatever the width: a pipe or a narrow terminal cuts nothing."""
    console = Console()
    wide = Console(width=max(console.width, WIDEST_TABLE), force_terminal=console.is_terminal)
    wide.print(part)


def _kib(size: int) -> str:
    return f"{size / 1024:,.0f} KiB" if size < 1 << 20 else f"{size / (1 << 20):,.0f} MiB"


def _engines(names: list[str] | None) -> tuple[str, ...]:
    from harness.plan import ENGINES

    for name in names or ():
        if name not in ENGINES:
            raise InputError(f"there is no engine '{name}'", hint=f"one of {', '.join(ENGINES)}")
    return tuple(dict.fromkeys(names or ENGINES[:1]))


def _ports(pairs: list[str] | None) -> dict[str, str]:
    from harness.targets.catalogue import check_targets

    ports = {}
    for pair in pairs or []:
        target, _, port = pair.partition("=")
        if not (target and port):
            raise InputError(f"--port {pair}: not of the form TARGET=PORT", hint="uno=/dev/ttyACM0")
        check_targets([target])
        ports[target] = port
    return ports


def _finish(console: Console, reports: Path, store: Store, run_id: int) -> None:
    from harness.report.write import write_report

    folder = write_report(store, run_id, reports)
    console.print(f"report: {folder / 'index.html'}", soft_wrap=True, highlight=False)


def _end(progress: Reporter, reports: Path, store: Store, run_id: int) -> None:
    from harness.progress import Outcome
    from harness.report.write import write_report
    from harness.run import failed_cells

    page = write_report(store, run_id, reports) / "index.html"
    failed = len(failed_cells(store, run_id))
    lines = [f"cells without figures: {failed}"] if failed else []
    progress.end(Outcome(page, lines, {"run": run_id, "failed": failed}))
    if failed:
        raise SystemExit(1)
