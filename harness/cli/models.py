"""Commands about a model file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.console import plain_console
from harness.cli.options import PreferOption, TflmLibraryOption, core_of, engines_of, print_wide

if TYPE_CHECKING:
    import numpy as np

    from harness.workload.model_facts import Exchanged

_GENERIC_NOTE = (
    "note: this code runs on every core. An int8 model takes 2 to 3 times the instructions of code "
    "for its core on a Cortex-M4, M7 or M33, up to 5 times on an M55.\n"
    "  --target NAME (harness targets lists them) or --core NAME writes the code that is measured"
)


def codegen(
    model: Annotated[Path, typer.Argument(help="A .tflite file.")],
    out: Annotated[Path, typer.Option("--out", help="Folder to write the headers to.")],
    target: Annotated[
        str | None, typer.Option("--target", help="The board or simulator the code is for.")
    ] = None,
    core: Annotated[
        str | None, typer.Option("--core", help="The core alone, e.g. cortex-m4f.")
    ] = None,
    prefer: PreferOption = "balanced",
) -> None:
    """Write a model's C headers: the code of the engine, and the plain byte array of the file.

    With --target or --core the code is the one that `bench` and `run` measure there. Without
    either it runs on every core, and is slower.
    """
    from harness.codegen import byte_array_header
    from harness.codegen.cores import GENERIC
    from harness.codegen.prefer import preference
    from harness.workload.model_file import compile_file

    tflite, compiled = compile_file(model, core_of(target, core), preference(prefer))
    out.mkdir(parents=True, exist_ok=True)
    code, array = out / f"model_{compiled.name}.h", out / f"{compiled.name}_tflite.h"
    code.write_text(compiled.header, encoding="utf-8")
    array.write_text(byte_array_header(tflite, compiled.name), encoding="utf-8")
    console = plain_console()
    sizes = f"arena {compiled.arena_bytes:,} B, constants {compiled.const_bytes:,} B"
    console.print(f"{code}: {sizes}, for {compiled.core.title}")
    console.print(f"{array}: the {len(tflite):,} B of the file")
    if compiled.core.name == GENERIC:
        plain_console(stderr=True).print(_GENERIC_NOTE, style="yellow")


def inspect(
    model: Annotated[Path, typer.Argument(help="A .tflite file.")],
    target: Annotated[
        str, typer.Option("--target", help="Whose core decides between kernels.")
    ] = "qemu-m4",
    prefer: PreferOption = "balanced",
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Also write everything to this JSON file.")
    ] = None,
) -> None:
    """Show a model's layers, the kernels chosen for a target and its memory plan."""
    import json
    from dataclasses import asdict

    from harness.boards.catalogue import check_targets, load_catalogue
    from harness.codegen.prefer import preference
    from harness.inspect.inspection import inspect_file
    from harness.inspect.text import render

    check_targets([target])
    found = inspect_file(model, load_catalogue()[target].core, preference(prefer))
    if json_file is not None:
        json_file.write_text(json.dumps(asdict(found), indent=1) + "\n", encoding="utf-8")
    for part in render(found):
        print_wide(part)


def profile(
    model: Annotated[Path, typer.Argument(help="A .tflite file.")],
    target: Annotated[
        str, typer.Option(help="A target in QEMU, e.g. qemu-m4, or simavr-uno.")
    ] = "qemu-m4",
    data: Annotated[
        Path | None, typer.Option("--data", help="Samples: .npz with x; the first one is run.")
    ] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Also write the profile to this file.")
    ] = None,
    engine: Annotated[
        str, typer.Option("--engine", help="codegen, or tflm: its operators alone.")
    ] = "codegen",
    tflm_library: TflmLibraryOption = None,
) -> None:
    """Show where a model's time goes: instructions and estimated cycles by layer and function."""
    import json
    from dataclasses import asdict

    from harness.boards.catalogue import check_targets
    from harness.profile.profile import profile as take
    from harness.profile.profile import profiled_target
    from harness.profile.text import render
    from harness.profile.tflm_profile import profile_tflm
    from harness.project import Project
    from harness.run.inputs import load_npz, names_of, random_inputs
    from harness.run.settings import tflm_engine
    from harness.workload.fitting import fit_inputs
    from harness.workload.model_file import compile_file, read_file

    check_targets([target])
    spec, _ = profiled_target(target)
    project = Project.here()
    tflm = tflm_engine(project, engines_of([engine]), [target], tflm_library)

    def sample_of(found: Exchanged) -> np.ndarray:
        given = load_npz(data, 1, names_of(found)) if data else random_inputs(found, 1, 0)
        chosen: np.ndarray = fit_inputs(given.samples, found)[0]
        return chosen

    if tflm is None:
        _, compiled = compile_file(model, spec.core)
        found = take(compiled, sample_of(compiled), target, project)
    else:
        tflite, facts = read_file(model)
        found = profile_tflm(facts, tflite, sample_of(facts), target, project, tflm)
    if json_file is not None:
        json_file.write_text(json.dumps(asdict(found), indent=1) + "\n", encoding="utf-8")
    for part in render(found):
        print_wide(part)
