"""Accuracy of every pruning method on the float model, mean and deviation over seeds.

    python benchmarks/methods.py --seeds 5 --sparsity 0.8 --sparsity 0.9 --csv methods.csv

It trains as `harness run` does, a plan a seed, into the project's cache: a second call is free.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from statistics import mean, stdev
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from harness.errors import HarnessError
from harness.plan.plan import Plan, parse_plan
from harness.project import Project
from harness.pruning.registry import METHODS
from harness.variants.build import build_variants
from harness.variants.built import Built

FIRST_SEED = 42
BASELINE = "original"
ONCE: dict[str, dict[str, Any]] = {
    BASELINE: {"method": "none"},
    "retrained": {"method": "none", "retrain": True},
    "block 2:4": {"method": "block", "sparsity_m_by_n": [2, 4]},
}
BY_SPARSITY: dict[str, dict[str, Any]] = {
    **{name: {"method": name} for name, kind in METHODS.items() if kind.swept},
    "magnitude, global": {"method": "magnitude", "scope": "global"},
    "gradient, raw": {"method": "gradient", "criterion": "gradient"},
}
"""Methods with a sparsity at their defaults, and two criteria. A structured method's is the
fraction of units removed."""


@dataclass(frozen=True)
class Variant:
    """One row to measure: its method's parameters, and the sparsity asked for."""

    method: str
    sparsity: float | None
    keys: dict[str, Any]


@dataclass(frozen=True)
class Figures:
    """Test accuracy over seeds; `points`: the mean's distance from the original's, in percent.

    `zeros`: share of zero weights, `parameters`: how many there are; both means over the seeds.
    """

    method: str
    sparsity: float | None
    accuracy: float
    deviation: float
    points: float
    zeros: float
    parameters: float
    seeds: int


def variants_of(sparsities: Sequence[float]) -> list[Variant]:
    """Variants to measure: each method at each sparsity, those without a sparsity once."""
    once = [Variant(name, None, keys) for name, keys in ONCE.items()]
    return once + [
        Variant(name, sparsity, keys | {METHODS[keys["method"]].swept: sparsity})
        for name, keys in BY_SPARSITY.items()
        for sparsity in sparsities
    ]


def plan_of(variants: Sequence[Variant], entry: str, seed: int) -> Plan:
    """The plan that trains the variants once. Raises PlanError."""
    named = [{"name": f"v{number}"} | each.keys for number, each in enumerate(variants)]
    data = {
        "name": "methods",
        "seed": seed,
        "model": {"entry": entry},
        "variant": named,
        "matrix": {"dtypes": ["float32"], "targets": ["host"]},
    }
    return parse_plan(data, f"benchmarks/methods, seed {seed}")


def summarise(variants: Sequence[Variant], runs: Sequence[Built]) -> list[Figures]:
    """One row a variant from the builds of all seeds."""
    original = mean(run.variants[0].keras_score for run in runs)
    rows: list[Figures] = []
    for number, variant in enumerate(variants):
        found = [run.variants[number] for run in runs]
        scores = [each.keras_score for each in found]
        rows.append(
            Figures(
                method=variant.method,
                sparsity=variant.sparsity,
                accuracy=mean(scores),
                deviation=stdev(scores) if len(scores) > 1 else 0.0,
                points=100 * (mean(scores) - original),
                zeros=mean(each.sparsity for each in found),
                parameters=mean(each.parameters for each in found),
                seeds=len(scores),
            )
        )
    return rows


def _show(rows: Sequence[Figures]) -> None:
    table = Table("method", "sparsity", "accuracy", "points", "zeros", "parameters")
    for column in table.columns[1:]:
        column.justify = "right"
    for row in rows:
        table.add_row(
            row.method,
            "-" if row.sparsity is None else f"{row.sparsity:.0%}",
            f"{row.accuracy:.4f} ± {row.deviation:.4f}",
            f"{row.points:+.2f}",
            f"{row.zeros:.1%}",
            f"{row.parameters:,.0f}",
        )
    Console().print(table)


def _write(path: Path, rows: Sequence[Figures]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(Figures)])
        writer.writeheader()
        writer.writerows(asdict(row) for row in rows)


def main(
    seeds: Annotated[int, typer.Option("--seeds", min=1, help="How many, from 42 on.")] = 5,
    sparsity: Annotated[
        list[float] | None, typer.Option("--sparsity", help="Repeat it; 0.8, 0.9 and 0.95.")
    ] = None,
    entry: Annotated[str, typer.Option("--entry", help="Model module.")] = "models.digits_cnn",
    csv_file: Annotated[Path | None, typer.Option("--csv", help="Also write a CSV file.")] = None,
) -> None:
    """Measure all methods on one model."""
    errors = Console(stderr=True, highlight=False, soft_wrap=True)
    variants = variants_of(sparsity or [0.8, 0.9, 0.95])
    cache = Project.here().cache
    runs: list[Built] = []
    try:
        for seed in range(FIRST_SEED, FIRST_SEED + seeds):
            plan = plan_of(variants, entry, seed)
            with errors.status(f"seed {seed}"):
                runs.append(build_variants(plan, cache_dir=cache, on_progress=lambda _: None))
        rows = summarise(variants, runs)
        if csv_file:
            _write(csv_file, rows)
    except (HarnessError, OSError) as error:
        errors.print(f"error: {error}", style="red", markup=False)
        sys.exit(error.exit_code if isinstance(error, HarnessError) else 2)
    _show(rows)


if __name__ == "__main__":
    typer.run(main)
