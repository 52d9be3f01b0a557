"""Options that commands share, what they stand for, and how wide tables are printed."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer
from rich.console import RenderableType

from harness.cli.console import SafeConsole
from harness.errors import InputError

if TYPE_CHECKING:
    from harness.measure.metric import Pooling
    from harness.plan.plan import Plan

_WIDEST_TABLE = 160

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
TrustOption = Annotated[
    bool,
    typer.Option("--trust", help="Let the plan's own code run: SECURITY.md."),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Progress as JSON events, one a line: docs/progress.md.")
]
TranscriptsOption = Annotated[
    bool,
    typer.Option(
        "--transcripts", help="Keep the serial line's bytes of every connection: harness replay."
    ),
]
PreferOption = Annotated[
    str,
    typer.Option(
        "--prefer", help="Dense or sparse storage by time first, flash first, or balanced."
    ),
]
TraceOption = Annotated[
    Path | None,
    typer.Option("--trace", help="Write the run's steps with their times: ui.perfetto.dev."),
]
QuietOption = Annotated[bool, typer.Option("-q", "--quiet", help="Print errors only.")]

StreamOption = Annotated[
    str | None,
    typer.Option(
        "--stream",
        help="Samples are sequences of frames, within which the model keeps its state; scored is "
        "the output to the last frame, or the mean or max of all: docs/streams.md.",
    ),
]

ReportsOption = Annotated[
    Path | None,
    typer.Option("--reports", help="Folder of the results store and the reports: reports/."),
]


def read_plan(path: Path) -> Plan:
    """The plan, whose modules are also looked for beside its file and in the current folder.

    Raises PlanError.
    """
    from harness.plan.plan import load_plan

    for folder in (path.resolve().parent, Path.cwd()):
        if str(folder) not in sys.path:
            sys.path.append(str(folder))
    return load_plan(path)


def engines_of(names: list[str] | None) -> tuple[str, ...]:
    """Of --engine: each once, the first of all where none is named."""
    from harness.plan.plan import ENGINES

    for name in names or ():
        if name not in ENGINES:
            raise InputError(f"there is no engine '{name}'", hint=f"one of {', '.join(ENGINES)}")
    return tuple(dict.fromkeys(names or ENGINES[:1]))


def pooling_of(name: str | None) -> Pooling | None:
    """Of --stream: how outputs of frames are scored, None without it."""
    from harness.measure.metric import POOLINGS

    if name is not None and name not in POOLINGS:
        raise InputError(f"--stream {name}: one of {', '.join(POOLINGS)}")
    return cast("Pooling | None", name)


def core_of(target: str | None, core: str | None) -> str:
    """Of --target and --core: the name of the core, the generic one where neither is given."""
    from harness.boards.catalogue import check_targets, load_catalogue
    from harness.codegen.cores import GENERIC, core_named

    if target is not None:
        check_targets([target])
        used = load_catalogue()[target].core
        if core not in (None, used):
            raise InputError(
                f"--core {core}: the core of {target} is {used}",
                hint="give --target or --core alone",
            )
        return used
    return core_named(GENERIC if core is None else core).name


def ports_of(pairs: list[str] | None, targets: Sequence[str]) -> dict[str, str]:
    """Of --port: ports by target, boards among the `targets` that are measured."""
    from harness.boards.catalogue import check_targets, load_catalogue

    ports = {}
    for pair in pairs or []:
        target, _, port = pair.partition("=")
        if not (target and port):
            raise InputError(f"--port {pair}: not of the form TARGET=PORT", hint="uno=/dev/ttyACM0")
        check_targets([target])
        if target not in targets:
            hint = f"these are: {', '.join(targets)}"
            raise InputError(f"--port {pair}: {target} is not measured", hint=hint)
        if load_catalogue()[target].simulated:
            raise InputError(f"--port {pair}: {target} is simulated and has no port")
        ports[target] = port
    return ports


def print_wide(part: RenderableType) -> None:
    """Print one line a row, whatever the width: a pipe or a narrow terminal cuts nothing."""
    console = SafeConsole()
    wide = SafeConsole(
        width=max(console.width, _WIDEST_TABLE), force_terminal=console.is_terminal, markup=False
    )
    wide.print(part)
