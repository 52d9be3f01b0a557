"""What the report tells of each variant by itself: its layers, files, accuracies and seeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from harness.measure.metric import Metric
from harness.measure.seeds import spread
from harness.results.data import ORIGINAL_METHODS, RunData
from harness.results.wording import MISSING, integer, listing, missing, percent, points, probability
from harness.store import Artifact

LAYER_COLUMNS: dict[str, str] = {
    "variant": "string",
    "method": "string",
    "layer": "string",
    "sparsity_target": "float64",
    "sparsity": "float64",
    "weights": "Int64",
    "nonzero_weights": "Int64",
}
SEED_COLUMNS: dict[str, str] = {
    "variant": "string",
    "method": "string",
    "seed": "Int64",
    "accuracy_keras": "float64",
    "on_device": "boolean",
}


@dataclass(frozen=True)
class VariantDetail:
    """One variant: `group` is that of its plot; all rows are text, figures without their unit.

    `facts`: name and value. `files`: dtype, .tflite, gzip, header, MACs, non-zero MACs.
    `layers`: name, asked %, measured %, weights, non-zero. `accuracies`: dtype, target, %, change
    in points, p.
    """

    name: str
    group: str
    summary: str
    facts: tuple[tuple[str, str], ...]
    files: tuple[tuple[str, ...], ...]
    layers: tuple[tuple[str, ...], ...]
    accuracies: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Seeds:
    """The metric over seeds; `rows`: variant, mean ± sd, least to greatest, difference of means."""

    caption: str
    rows: tuple[tuple[str, ...], ...]


def group_of(variant: str) -> str:
    """The plot group of a variant's training curves; targets have no space in their names."""
    return f"variant {variant}"


def one_each(artifacts: Sequence[Artifact]) -> list[Artifact]:
    """One model file a variant: what training knows is the same in every dtype."""
    return list({item.variant: item for item in reversed(artifacts)}.values())[::-1]


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
    before = spread(list(original.seed_scores.values())).mean if original else None
    rows = []
    for item in items:
        values = list(item.seed_scores.values())
        found = spread(values)
        change = "" if before is None or item is original else points(found.mean - before)
        ends = f"{percent(min(values))}–{percent(max(values))}"  # noqa: RUF001
        rows.append((item.variant, mean_sd(values), ends, change))
    caption = (
        f"Each variant trained anew with {len(seeds)} seeds ({listing(seeds)}). "
        f"{data.metric.title} of the float32 Keras model on the test split, on the computer that "
        "trained it; mean ± sample standard deviation. The devices ran the files of seed "
        f"{seeds[0]}."
    )
    return Seeds(caption, tuple(rows))


def mean_sd(values: Sequence[float]) -> str:
    """`96.2 ± 0.7`, in percent; the mean alone of one value."""
    found = spread(values)
    return percent(found.mean) + ("" if found.sd is None else f" ± {percent(found.sd)}")


def layers_frame(data: RunData) -> pd.DataFrame:
    """A row for each layer with kernels of each variant."""
    rows = [
        {
            "variant": item.variant,
            "method": item.method,
            "layer": layer,
            "sparsity_target": item.layer_targets.get(layer),
            "sparsity": zeros,
            "weights": item.layer_parameters.get(layer),
            "nonzero_weights": _nonzero(item, layer),
        }
        for item in one_each(data.artifacts)
        for layer, zeros in item.layer_sparsity.items()
    ]
    return _frame(rows, LAYER_COLUMNS)


def seeds_frame(data: RunData) -> pd.DataFrame:
    """A row for each seed of each variant."""
    rows = [
        {
            "variant": item.variant,
            "method": item.method,
            "seed": int(seed),
            f"{data.metric.name}_keras": value,
            "on_device": number == 0,
        }
        for item in one_each(data.artifacts)
        for number, (seed, value) in enumerate(item.seed_scores.items())
    ]
    columns = {
        name.replace("accuracy", data.metric.name): kind for name, kind in SEED_COLUMNS.items()
    }
    return _frame(rows, columns)


def _frame(rows: Sequence[dict[str, Any]], columns: dict[str, str]) -> pd.DataFrame:
    return pd.DataFrame(
        {name: pd.Series([row[name] for row in rows], dtype=kind) for name, kind in columns.items()}
    )


def _detail(
    item: Artifact, files: Sequence[Artifact], frame: pd.DataFrame, metric: Metric
) -> VariantDetail:
    zeros = f"{percent(item.sparsity)} % zeros"
    weights = f"{integer(item.nonzero_parameters)} of {integer(item.parameters)} parameters left"
    return VariantDetail(
        name=item.variant,
        group=group_of(item.variant),
        summary=f"{item.method}, {zeros}, {weights}",
        facts=tuple(_facts(item, metric)),
        files=tuple(
            (
                other.dtype,
                integer(other.tflite_bytes),
                integer(other.gzip_bytes),
                integer(other.header_bytes),
                integer(other.macs),
                integer(other.nonzero_macs),
            )
            for other in files
        ),
        layers=tuple(
            (
                layer,
                percent(item.layer_targets.get(layer)),
                percent(measured),
                integer(item.layer_parameters.get(layer)),
                integer(_nonzero(item, layer)),
            )
            for layer, measured in item.layer_sparsity.items()
        ),
        accuracies=tuple(
            (
                str(row.dtype),
                str(row.target),
                percent(metric.of(row)),
                MISSING if row.original else points(metric.of(row, "delta")),
                probability(metric.p(row)),
            )
            for row in frame[frame["variant"] == item.variant].itertuples()
            if not missing(metric.of(row))
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


def _nonzero(item: Artifact, layer: str) -> int | None:
    weights = item.layer_parameters.get(layer)
    return None if weights is None else round(weights * (1 - item.layer_sparsity[layer]))
