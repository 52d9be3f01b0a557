"""Fit the times of operators without a choice of storage.

    python benchmarks/calibrate_operators.py --target qemu-m4 --write

Small models around single operators, random networks and the golden models run on the target. What
cost_table.toml explains of a model's time is taken off; the rest is fitted, for all kernels at
once, by non-negative least squares of the relative error. With --write the core's entry in
harness/codegen/operator_times.toml is replaced.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from scipy.optimize import nnls

from harness.boards.catalogue import TargetSpec, check_targets, load_catalogue
from harness.codegen import CompiledModel, compile_model
from harness.codegen.calls import ALIAS
from harness.codegen.cores import core_named
from harness.codegen.operator_cost import OTHER, TABLE, Amounts, amounts_of
from harness.errors import HarnessError, ModelError
from harness.project import Project
from harness.run.counts import measure_counts
from tests.engine.hybrid_models import KINDS as HYBRID_KINDS
from tests.engine.hybrid_models import hybrid_model
from tests.engine.networks import Layer, Network, build
from tests.engine.op_models import CASES, op_model
from tests.engine.s16_models import KINDS as S16_KINDS
from tests.engine.s16_models import s16_model

GOLDEN = Path(__file__).parents[1] / "tests" / "data"
AT_ONCE = 100  # models of an image
PLAIN = {
    "stride": (1, 1), "dilation": (1, 1), "padding": "SAME", "activation": "RELU",
    "per_channel": True, "bias": True, "sparsity": 0.0, "spread": 0.0, "channels": 8,
    "kernel": (1, 1),
}  # fmt: skip
# Larger layers than those of the random models: input shape and what differs from PLAIN.
SHAPES: tuple[tuple[tuple[int, int, int], Mapping[str, object]], ...] = (
    *(((size, size, deep), {"kind": "depthwise", "kernel": (3, 3), "stride": (step, step)})
      for size, deep in ((8, 8), (6, 16), (12, 4)) for step in (1, 2)),
    *(((size, 4, 8), {"kind": "depthwise", "kernel": (kernel, 3)})
      for size, kernel in ((8, 5), (10, 1))),
    *(((size, size, deep), {"kind": kind, "kernel": (2, 2), "stride": (2, 2), "padding": "VALID"})
      for size, deep in ((6, 8), (8, 3), (12, 4)) for kind in ("max_pool", "average_pool")),
    *(((1, 1, deep), {"kind": "softmax"}) for deep in (2, 10, 12, 35, 100)),
    *(((size, size, 8), {"kind": kind}) for size in (3, 8) for kind in ("residual", "requantize")),
)  # fmt: skip


@dataclass(frozen=True)
class Measured:
    """One model: its compiled form and its time."""

    model: CompiledModel
    time: float


def files() -> Iterator[tuple[str, bytes]]:
    """Yield a name and the content of every model that is measured."""
    for seed in (1, 2):
        yield from ((f"{kind} {dtype}", op_model(kind, dtype, seed)) for kind, dtype in CASES)
        yield from ((f"{kind} int16", s16_model(kind, seed)) for kind in S16_KINDS)
        yield from ((f"{kind} dynamic", hybrid_model(kind, seed)) for kind in HYBRID_KINDS)
    for shape, layer in SHAPES:
        for quantised in (True, False):
            one = Layer(**{**PLAIN, **layer})  # type: ignore[arg-type]
            network = Network(quantised, False, shape, (one,), seed=1)
            yield f"{layer['kind']} {shape}", build(network)
    for path in sorted(GOLDEN.glob("*.tflite")):
        yield path.stem, path.read_bytes()


def compiled(spec: TargetSpec) -> list[CompiledModel]:
    """Return the models that the target can hold, each once."""
    found: dict[int, CompiledModel] = {}
    for number, (_, data) in enumerate(files()):
        try:
            model = compile_model(data, f"m{number}", core=spec.core)
        except ModelError:
            continue
        # without an FPU library a model of floats does not link there
        floats = any("f32" in call.kernel for call in model.calls)
        fits = model.arena_bytes * 2 < spec.ram_bytes and model.const_bytes * 4 < spec.flash_bytes
        if fits and not (floats and core_named(spec.core).family == "xtensa"):
            found.setdefault(model.crc32, model)
    return list(found.values())


def measured(spec: TargetSpec, models: Sequence[CompiledModel]) -> Iterator[Measured]:
    """Yield the models that the target can hold, with their times."""
    counts = measure_counts(Project.here(), spec, models)
    for model, count in zip(models, counts, strict=True):
        if count is not None:
            yield Measured(model, count)


def fitted(found: Sequence[Measured]) -> tuple[dict[str, list[float]], np.ndarray]:
    """Return the times of each kernel, and the relative errors of the models that they explain."""
    rows = [(each, list(unexplained(each.model))) for each in found]
    rows = [(each, parts) for each, parts in rows if parts]
    count = Counter(kernel for _, parts in rows for kernel, _ in parts)
    places = {kernel: 3 * place for place, kernel in enumerate(sorted(count))}
    amounts = np.zeros((len(rows), 3 * len(places)))
    known = np.array([sum(call.time or 0 for call in each.model.calls) for each, _ in rows])
    times = np.array([each.time for each, _ in rows])
    for row, (_, parts) in enumerate(rows):
        for kernel, amount in parts:
            amounts[row, places[kernel] : places[kernel] + 3] += amount
    rest = np.maximum(times - known, 0)
    coefficients, _ = nnls(amounts / times[:, None], rest / times, maxiter=100 * amounts.shape[1])
    errors = (amounts @ coefficients + known) / times - 1
    table = {
        kernel: [round(float(value), 2) for value in coefficients[place : place + 3]]
        for kernel, place in places.items()
    }
    whole = amounts.reshape(len(rows), -1, 3).sum(axis=1)
    other, _ = nnls(whole / times[:, None], rest / times)
    table[OTHER] = [round(float(value), 2) for value in other]
    return table, errors


def unexplained(model: CompiledModel) -> Iterator[tuple[str, Amounts]]:
    """Yield kernel and amounts of the calls that have no time of their own."""
    for call in model.calls:
        parts = [call]
        if call.bands:
            parts = [call.bands.layer, call.bands.add]
        elif call.rolling:
            parts = [call.rolling.layer, call.rolling.reader]
        for part in parts:
            if part.time is None and part.kernel != ALIAS:
                yield part.kernel.removeprefix("engine_"), amounts_of(model.graph, part)


def written(table: Mapping[str, Mapping[str, Sequence[float]]]) -> str:
    """Return the table as TOML, a kernel a line."""
    lines = [
        "# Times of kernels without a choice of storage: of a call, an output element, a step",
        "# (operator_cost.py). Written by benchmarks/calibrate_operators.py.",
    ]
    for core, entries in sorted(table.items()):
        lines += ["", f"[{core}]"]
        lines += [f"{name} = {list(times)}" for name, times in sorted(entries.items())]
    return "\n".join(lines) + "\n"


def main(
    target: Annotated[str, typer.Option(help="A simulated target: its core is calibrated.")],
    write: Annotated[bool, typer.Option("--write", help="Replace the core's entry.")] = False,
) -> None:
    """Fit the times of operators to measured models."""
    console = Console()
    try:
        check_targets([target])
        spec = load_catalogue()[target]
        models = compiled(spec)
        batches = [models[at : at + AT_ONCE] for at in range(0, len(models), AT_ONCE)]
        found = [each for batch in batches for each in measured(spec, batch)]
    except HarnessError as error:
        console.print(f"error: {error}")
        raise typer.Exit(error.exit_code) from error
    entries, errors = fitted(found)
    core = core_named(spec.core).measured_as
    console.print(
        f"{core}: {len(entries) - 1} kernels, {len(found)} of {len(models)} models, error median "
        f"{np.median(np.abs(errors)):.1%}, 90 % within {np.quantile(np.abs(errors), 0.9):.1%}"
    )
    if write:
        table = tomllib.loads(TABLE.read_text(encoding="utf-8")) if TABLE.exists() else {}
        TABLE.write_text(written(table | {core: entries}), encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
