"""The command that prepares this computer for targets, as far as pip has not."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.console import plain_console

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from harness.errors import ToolMissing
    from harness.setup.native import NativeTool


def setup(
    target: Annotated[
        list[str] | None,
        typer.Option("--target", help="Only for this target; may be repeated."),
    ] = None,
    packages: Annotated[
        bool,
        typer.Option("--packages", help="Only print the Debian packages that are missing."),
    ] = False,
) -> None:
    """Prepare PlatformIO and build the simulators' tools; say how to get what is missing.

    `apt-get install $(harness setup --packages --target qemu-m4)` installs compiler and simulator.
    """
    from harness.boards.catalogue import check_targets, load_catalogue
    from harness.boards.doctor import how_to_get, missing_requirements
    from harness.project import Project
    from harness.setup.native import native_tools
    from harness.setup.pico import PICO

    check_targets(target or [])
    catalogue = load_catalogue()
    chosen = {name: catalogue[name] for name in target or catalogue}
    project = Project.here()
    console = plain_console()
    tools = native_tools(chosen.values())
    failures = [] if packages else _prepare(project.root, tools)
    missing = {
        need: None
        for spec in chosen.values()
        for need in missing_requirements(spec, project.root)
        if not need.advice
    }
    if packages:
        names = [name for need in missing for name in need.packages]
        unbuilt = [tool for tool in tools if not (project.root / ".tools" / tool.name).exists()]
        names += [name for tool in unbuilt for name in tool.packages]
        typer.echo(" ".join(dict.fromkeys(names)))
        return
    # Without Node, or npm's registry, only the Pico is missing.
    fatal = [failure for failure in failures if target or failure.where != PICO]
    if not fatal:
        console.print(f"PlatformIO and the simulators' tools are ready in {project.root}")
    from_system = [need for need in missing if need.packages]
    if from_system:
        console.print(f"not installed: {', '.join(need.name for need in from_system)}")
        console.print(f"  {how_to_get(from_system)}")
        console.print("  `harness targets` says which targets are ready")
    for failure in failures:
        console.print(f"{'error' if failure in fatal else 'note'}: {failure}", soft_wrap=True)
    if fatal or (target and missing):
        raise SystemExit(1)


def _prepare(root: Path, tools: Sequence[NativeTool]) -> list[ToolMissing]:
    """Make PlatformIO's core folder, build the tools; return what failed."""
    from harness.errors import ToolMissing
    from harness.setup.native import PICO_RUNNER, build
    from harness.setup.pico import install_pico
    from harness.setup.pio_core import make_core

    make_core(root / ".platformio")
    steps: list[Callable[[], object]] = [partial(build, tool, root) for tool in tools]
    if PICO_RUNNER in tools:
        steps.append(partial(install_pico, root))
    failures = []
    for step in steps:
        try:
            step()
        except ToolMissing as error:
            failures.append(error)
    return failures
