"""Modelled times beside measured ones.

    python benchmarks/modelled.py tests/data/digits_int8.tflite --target qemu-m4 --target qemu-riscv

Each model is built with every preference and measured on one random sample; the command prints the
error of codegen.modelled_time, and what each preference costs in flash.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from calibrate_operators import measured
from rich.console import Console
from rich.table import Table

from harness.boards.catalogue import check_targets, load_catalogue
from harness.codegen import compile_model, modelled_cost, read_model
from harness.codegen.prefer import PREFERENCES


def main(
    models: Annotated[list[Path], typer.Argument(help=".tflite files.")],
    target: Annotated[list[str], typer.Option(help="Simulated targets.")],
) -> None:
    """Print the error of the modelled time of each model on each target."""
    check_targets(target)
    shown = Table("target", "model", "prefer", "modelled", "measured", "error", "constants, B")
    for name in target:
        spec = load_catalogue()[name]
        cases = [(path, prefer) for path in models for prefer in PREFERENCES]
        built = [
            compile_model(path.read_bytes(), f"{path.stem}_{prefer}", core=spec.core, prefer=prefer)
            for path, prefer in cases
        ]
        for (path, prefer), found in zip(cases, measured(spec, built), strict=True):
            cost = modelled_cost(read_model(path.read_bytes()), spec.core, prefer)
            error = f"{cost.time / found.time - 1:+.1%}"
            times = (f"{cost.time:,.0f}", f"{found.time:,.0f}")
            shown.add_row(name, path.stem, prefer, *times, error, f"{cost.const_bytes:,}")
    Console(width=160).print(shown)


if __name__ == "__main__":
    typer.run(main)
