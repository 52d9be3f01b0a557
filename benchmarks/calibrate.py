"""Fit the cost model that chooses between dense and sparse kernels.

    python benchmarks/calibrate.py --target qemu-m4 --write

Single layers of many shapes and shares of zeros are built with the dense and with the sparse kernel
and measured on the target; times are fitted by non-negative least squares of the relative error.
With --write the core's entry in harness/codegen/cost_table.toml is replaced.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from typing import Annotated, Any
from unittest.mock import patch

import typer
from calibrate_fits import Point, block_fits, dense_fits, sparse_fits
from rich.console import Console
from rich.table import Table

from harness.boards.catalogue import check_targets, load_catalogue
from harness.codegen import CompiledModel, choose, compile_model
from harness.codegen.calls import Call
from harness.codegen.cores import core_named
from harness.codegen.cost import TABLE, Timing, Work
from harness.errors import HarnessError, ModelError
from harness.project import Project
from harness.run.counts import measure_counts
from tests.engine.network_layers import Layer, Network
from tests.engine.networks import build

ZEROS = (0.5, 0.8, 0.95)
POOL = {"kind": "max_pool", "kernel": (2, 2), "stride": (2, 2), "padding": "VALID"}
LAYER: dict[str, Any] = {
    "kernel": (3, 3), "stride": (1, 1), "dilation": (1, 1), "padding": "VALID",
    "activation": "NONE", "per_channel": True, "bias": True, "spread": 0.0,
}  # fmt: skip
# name: input shape, the layer, whether a max pool follows
SHAPES: dict[str, tuple[tuple[int, int, int], dict[str, Any], bool]] = {
    "fc 24x16": ((1, 1, 24), {"kind": "fc", "channels": 16}, False),
    "fc 72x32": ((1, 1, 72), {"kind": "fc", "channels": 32}, False),
    "fc 100x10": ((1, 1, 100), {"kind": "fc", "channels": 10}, False),
    "fc 256x13": ((1, 1, 256), {"kind": "fc", "channels": 13}, False),
    "fc 400x8": ((1, 1, 400), {"kind": "fc", "channels": 8}, False),
    "fc 64x64": ((1, 1, 64), {"kind": "fc", "channels": 64}, False),
    "fc 12x50": ((1, 1, 12), {"kind": "fc", "channels": 50}, False),
    "fc 180x21": ((1, 1, 180), {"kind": "fc", "channels": 21}, False),
    "1x1 4x4x16x16": ((4, 4, 16), {"kind": "conv", "kernel": (1, 1), "channels": 16}, False),
    "1x1 4x4x48x12": ((4, 4, 48), {"kind": "conv", "kernel": (1, 1), "channels": 12}, False),
    "1x1 3x3x32x9": ((3, 3, 32), {"kind": "conv", "kernel": (1, 1), "channels": 9}, False),
    "1x1 5x5x10x6": ((5, 5, 10), {"kind": "conv", "kernel": (1, 1), "channels": 6}, False),
    "1x1 4x4x24x32": ((4, 4, 24), {"kind": "conv", "kernel": (1, 1), "channels": 32}, False),
    "1x1 6x6x8x10": ((6, 6, 8), {"kind": "conv", "kernel": (1, 1), "channels": 10}, False),
    "1x1 2x2x64x20": ((2, 2, 64), {"kind": "conv", "kernel": (1, 1), "channels": 20}, False),
    "3x3 6x6x8x16": ((6, 6, 8), {"kind": "conv", "channels": 16}, False),
    "3x3 4x4x32x9": ((4, 4, 32), {"kind": "conv", "channels": 9}, False),
    "3x3 8x8x1x8": ((8, 8, 1), {"kind": "conv", "channels": 8}, False),
    "3x3 6x6x4x8": ((6, 6, 4), {"kind": "conv", "channels": 8}, False),
    "3x3 5x5x16x6": ((5, 5, 16), {"kind": "conv", "channels": 6}, False),
    "3x3 4x4x24x4": ((4, 4, 24), {"kind": "conv", "channels": 4}, False),
    "3x3 6x6x2x7 same": ((6, 6, 2), {"kind": "conv", "channels": 7, "padding": "SAME"}, False),
    "3x3 5x5x8x8 same": ((5, 5, 8), {"kind": "conv", "channels": 8, "padding": "SAME"}, False),
    "3x3 4x4x12x4 same": ((4, 4, 12), {"kind": "conv", "channels": 4, "padding": "SAME"}, False),
    "3x3 8x8x1x8 pooled": ((8, 8, 1), {"kind": "conv", "channels": 8}, True),
    "3x3 6x6x4x8 pooled": ((6, 6, 4), {"kind": "conv", "channels": 8}, True),
    "5x5 8x8x3x6 pooled": ((8, 8, 3), {"kind": "conv", "channels": 6, "kernel": (5, 5)}, True),
    "3x3 6x6x2x8 same pooled": (
        (6, 6, 2), {"kind": "conv", "channels": 8, "padding": "SAME"}, True,
    ),
}  # fmt: skip


def network(name: str, dtype: str, zeros: float) -> bytes:
    """The model file of one of SHAPES."""
    shape, layer, pooled = SHAPES[name]
    layers = [Layer(**{**LAYER, **layer, "sparsity": zeros})]
    if pooled:
        layers.append(Layer(**{**LAYER, **POOL, "channels": 0, "sparsity": 0.0}))
    made = Network(
        quantised=dtype == "int8", float_ends=False, shape=shape, layers=tuple(layers), seed=1
    )
    return build(made)


@contextmanager
def forced(kind: str, works: list[Work]) -> Iterator[None]:
    """Every layer takes kernels of a kind: dense, sparse, blocks; its work is noted."""

    def chosen(dense: Call, other: Call, work: Work, *_: object) -> Call:
        works.append(work)
        return dense if kind == "dense" else other

    def further(best: Call, blocks: Call, work: Work, *_: object) -> Call:
        if kind != "blocks":
            return best
        works.append(work)
        return blocks

    with patch.object(choose, "cheaper", chosen), patch.object(choose, "with_blocks", further):
        yield


def measure(target: str, dtype: str, kind: str) -> list[Point]:
    """All layers that fit the target, in one kind of kernel; none where it has no floats."""
    spec = load_catalogue()[target]
    # multiplying by zero may be faster in software
    levels = (0.8,) if kind == "dense" else ZEROS
    labels: list[str] = []
    models: list[CompiledModel] = []
    works: list[Work] = []
    noted: list[Work] = []
    with forced(kind, noted):
        for name in SHAPES:
            for zeros in levels:
                compiled = compile_model(network(name, dtype, zeros), "m", core=spec.core)
                if kind == "blocks" and compiled.ops[0].kernel != "engine_sparse_blocks_s8":
                    continue
                labels.append(f"{name} {zeros}")
                models.append(compiled)
                works.append(noted[-1])
    try:
        counts = measure_counts(Project.here(), spec, models)
    except ModelError:
        return []
    return [
        Point(label, work, count)
        for label, work, count in zip(labels, works, counts, strict=True)
        if count is not None
    ]


def calibrate(target: str) -> dict[str, Any]:
    """The table's entry for the target's core."""
    spec = load_catalogue()[target]
    entry: dict[str, Any] = {"unit": spec.latency_unit}
    for dtype in ("int8", "float32"):
        fits = dense_fits(measure(target, dtype, "dense"))
        fits |= sparse_fits(measure(target, dtype, "sparse"), fits["conv"])
        if dtype == "int8" and core_named(spec.core).dsp:
            fits |= block_fits(measure(target, dtype, "blocks"))
        entry[dtype] = {each.name: fits[each.name] for each in fields(Timing) if each.name in fits}
    return entry


def written(table: dict[str, Any]) -> str:
    """The table as TOML, a kernel a line."""
    lines = [
        "# Times of dense and sparse kernels, what codegen chooses by (cost.py says what each is).",
        "# Written by benchmarks/calibrate.py, which explains how; errors of the fit are relative.",
    ]
    for core, entry in table.items():
        lines += ["", f"[{core}]", f'unit = "{entry["unit"]}"']
        for dtype in ("int8", "float32"):
            lines += ["", f"[{core}.{dtype}]"]
            for kind, numbers in entry[dtype].items():
                inner = ", ".join(f"{name} = {value}" for name, value in numbers.items())
                lines.append(f"{kind} = {{ {inner} }}")
    return "\n".join(lines) + "\n"


def main(
    target: Annotated[str, typer.Option(help="A simulated target: its core is calibrated.")],
    write: Annotated[bool, typer.Option("--write", help="Replace the core's entry.")] = False,
) -> None:
    """Fit the cost model to measured layers."""
    console = Console()
    try:
        check_targets([target])
        entry = calibrate(target)
    except HarnessError as error:
        console.print(f"error: {error}")
        raise typer.Exit(error.exit_code) from error
    core = core_named(load_catalogue()[target].core).measured_as
    for dtype in ("int8", "float32"):
        shown = Table("kernel", "times", "error, median", "greatest", title=f"{core} {dtype}")
        for kind, numbers in entry[dtype].items():
            times = {k: v for k, v in numbers.items() if v and not k.startswith("error")}
            text = ", ".join(f"{name} {value:g}" for name, value in times.items())
            errors = (f"{numbers['error_median']:.1%}", f"{numbers['error_max']:.1%}")
            shown.add_row(kind, text, *errors)
        console.print(shown)
    if write:
        table = tomllib.loads(TABLE.read_text(encoding="utf-8")) if TABLE.exists() else {}
        TABLE.write_text(written(table | {core: entry}), encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
