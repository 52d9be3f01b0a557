"""The details of each variant: layers, files, accuracies and seeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from harness.measure.metric import Metric
from harness.measure.seeds import paired_change, spread
from harness.report.table import Column, Scope, Table, Value, make_table
from harness.results.data import ORIGINAL_METHODS, RunData
from harness.results.details import LayerOf, layers_of, one_each
from harness.results.wording import (
    MISSING,
    integer,
    listing,
    missing,
    percent,
    points,
    probability,
    with_interval,
)
from harness.store import Artifact


@dataclass(frozen=True)
class VariantDetail:
    """One variant; `group` is that of its plot, `facts` are name and value."""

    name: str
    group: str
    summary: str
    facts: tuple[tuple[str, str], ...]
    files: Table
    layers: Table
    accuracies: Table


@dataclass(frozen=True)
class Seeds:
    """The metric over seeds."""

    caption: str
    table: Table


@dataclass(frozen=True)
class SeedScores:
    """The scores of a variant's trainings, and those of the unpruned variant, seed by seed.

    `original` is None of the original itself, and where there is none.
    """

    variant: str
    scores: Sequence[float]
    original: Sequence[float] | None


FILES: tuple[Column[Artifact], ...] = (
    Column("Dtype", lambda item, _: item.dtype),
    Column(".tflite", lambda item, _: integer(item.tflite_bytes), "B"),
    Column("gzip", lambda item, _: integer(item.gzip_bytes), "B"),
    Column("C header", lambda item, _: integer(item.header_bytes), "B of text"),
    Column("MACs", lambda item, _: integer(item.macs)),
    Column("Non-zero", lambda item, _: integer(item.nonzero_macs), "MACs"),
    Column(
        "SHA-256",
        lambda item, _: Value(item.sha256[:16], style="left hash", title=item.sha256),
        left=True,
    ),
)
LAYERS: tuple[Column[LayerOf], ...] = (
    Column("Layer", lambda row, _: row.layer),
    Column(
        "Asked",
        lambda row, _: "left alone" if row.left_alone else percent(row.asked),
        "% zeros",
    ),
    Column("Measured", lambda row, _: percent(row.sparsity), "% zeros"),
    Column("Weights", lambda row, _: integer(row.weights)),
    Column("Non-zero", lambda row, _: integer(row.nonzero), "weights"),
)
ACCURACIES: tuple[Column[Any], ...] = (
    Column("Dtype", lambda row, _: str(row.dtype)),
    Column("Target", lambda row, _: str(row.target), left=True),
    Column(lambda scope: scope.metric.title, lambda row, scope: percent(scope.metric.of(row)), "%"),
    Column(
        "Change",
        lambda row, scope: (
            MISSING if missing(scope.metric.p(row)) else points(scope.metric.of(row, "delta"))
        ),
        "points",
    ),
    Column("p", lambda row, scope: probability(scope.metric.p(row))),
)
SEEDS: tuple[Column[SeedScores], ...] = (
    Column("Variant", lambda row, _: row.variant, plain="variant"),
    Column(
        lambda scope: scope.metric.title,
        lambda row, _: mean_sd(row.scores),
        "%, mean (sd)",
        plain=lambda scope: f"{scope.metric.noun} %, mean (sd)",
    ),
    Column(
        "Range",
        lambda row, _: f"{percent(min(row.scores))}–{percent(max(row.scores))}",  # noqa: RUF001
        "%",
        plain="range %",
    ),
    Column(
        "Change of the mean",
        lambda row, _: (
            "" if row.original is None else with_interval(paired_change(row.scores, row.original))
        ),
        "points, 95 % interval",
        plain="change of the mean, points, 95 % interval",
    ),
)


def group_of(variant: str) -> str:
    """The plot group of a variant's training curves; targets have no space in their names."""
    return f"variant {variant}"


def variant_details(data: RunData, frame: pd.DataFrame) -> list[VariantDetail]:
    """One entry a variant in the order of the plan, but those whose training is unknown."""
    return [
        _detail(
            item,
            [other for other in data.artifacts if other.variant == item.variant],
            frame,
            data.metric,
        )
        for item in one_each(data.artifacts)
        if item.layer_sparsity or item.history
    ]


def seeds_of(data: RunData) -> Seeds | None:
    """The table of accuracies over seeds, None where the plan asked for one seed only."""
    items = [item for item in one_each(data.artifacts) if len(item.seed_scores) > 1]
    if not items:
        return None
    seeds = list(items[0].seed_scores)
    original = next((item for item in items if item.method in ORIGINAL_METHODS), None)
    before = list(original.seed_scores.values()) if original else None
    rows = [
        SeedScores(
            item.variant, list(item.seed_scores.values()), None if item is original else before
        )
        for item in items
    ]
    caption = (
        f"Each variant trained anew with {len(seeds)} seeds ({listing(seeds)}). "
        f"{data.metric.title} of the float32 Keras model on the test split, on the computer that "
        "trained it; mean and sample standard deviation. Change: paired seed by seed, with "
        f"Student's 95 % interval. The devices ran the files of seed {seeds[0]}."
    )
    return Seeds(caption, make_table(SEEDS, rows, Scope(data.metric)))


def mean_sd(values: Sequence[float]) -> str:
    """`96.2 (0.7)`, in percent; the mean alone of one value."""
    found = spread(values)
    return percent(found.mean) + ("" if found.sd is None else f" ({percent(found.sd)})")


def _detail(
    item: Artifact, files: Sequence[Artifact], frame: pd.DataFrame, metric: Metric
) -> VariantDetail:
    zeros = f"{percent(item.sparsity)} % zeros"
    weights = f"{integer(item.nonzero_parameters)} of {integer(item.parameters)} parameters left"
    scope = Scope(metric)
    cells = frame[frame["variant"] == item.variant].itertuples()
    return VariantDetail(
        name=item.variant,
        group=group_of(item.variant),
        summary=f"{item.method}, {zeros}, {weights}",
        facts=tuple(_facts(item, metric)),
        files=make_table(FILES, files, scope),
        layers=make_table(LAYERS, layers_of(item), scope),
        accuracies=make_table(
            ACCURACIES, [row for row in cells if not missing(metric.of(row))], scope
        ),
    )


def _facts(item: Artifact, metric: Metric) -> list[tuple[str, str]]:
    asked = MISSING if item.sparsity_target is None else f"{percent(item.sparsity_target)} %"
    facts = [
        ("sparsity asked", asked),
        ("sparsity measured", f"{percent(item.sparsity)} %"),
        ("parameters", integer(item.parameters)),
        ("non-zero", integer(item.nonzero_parameters)),
        ("Keras, float32", f"{percent(item.keras_score)} % {metric.words}"),
    ]
    if len(item.seed_scores) > 1:
        values = list(item.seed_scores.values())
        facts.append((f"over {len(values)} seeds", f"{mean_sd(values)} % {metric.words}"))
    if item.kept_epochs:
        epochs = max((len(values) for values in item.history.values()), default=0)
        kept = listing([str(epoch) for epoch in item.kept_epochs])
        facts.append(("epochs kept", f"{kept} of {epochs}"))
    return facts
