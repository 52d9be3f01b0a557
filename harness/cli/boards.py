"""Commands about targets and tools: what there is, what is missing, MLPerf Tiny's dialect."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from harness.cli.console import plain_console
from harness.cli.options import PortOption, ports_of, print_wide


def targets() -> None:
    """List the boards and simulators, and whether they can be used on this machine."""
    from harness.boards.catalogue import load_catalogue
    from harness.boards.doctor import missing_tools
    from harness.project import Project

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
    print_wide(table)


def boards() -> None:
    """List the attached boards: port, USB facts, which targets they can be, who uses them."""
    from harness.boards.catalogue import load_catalogue
    from harness.project import Project
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
        print_wide(table)
    else:
        plain_console().print("no board is attached by USB")


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
    from harness.boards.catalogue import check_targets, load_catalogue
    from harness.dialects.dut import read_dut, serve
    from harness.project import Project

    check_targets([target])
    spec = load_catalogue()[target]
    serve(
        read_dut(model, spec, benchmark, samples, baud),
        spec,
        Project.here(),
        ports_of(port, [target]).get(target, ""),
        lambda device: plain_console().print(
            f"{target} speaks the dialect at {baud} baud: {device}"
        ),
    )


def doctor() -> None:
    """Say which tools are missing, what they are for and how to get them."""
    from harness.boards.catalogue import load_catalogue
    from harness.boards.doctor import examine
    from harness.project import Project

    catalogue = load_catalogue()
    checks = examine(catalogue, Project.here().root)
    table = Table("", "tool", "for", "version, or how to get it", box=None)
    for check in checks:
        lacks = Text("optional") if check.optional else Text("missing", "red")
        mark = Text("ok", "green") if check.found else lacks
        every = len(check.targets) == len(catalogue)
        used = "every target" if every else ", ".join(check.targets) or check.group
        table.add_row(mark, check.name, used, check.version if check.found else check.remedy)
    print_wide(table)
    if not all(check.found or check.optional for check in checks):
        raise SystemExit(1)


def _kib(size: int) -> str:
    return f"{size / 1024:,.0f} KiB" if size < 1 << 20 else f"{size / (1 << 20):,.0f} MiB"
