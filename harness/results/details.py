"""The tables of each variant's layers and seeds: layers.csv and seeds.csv."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from harness.results.columns.column import FRACTION, Column, table
from harness.results.data import RunData
from harness.store import Artifact


@dataclass(frozen=True)
class LayerOf:
    """A Keras layer with kernels; `sparsity` is the fraction of zeros in them."""

    artifact: Artifact
    layer: str
    sparsity: float

    @property
    def asked(self) -> float | None:
        """Fraction of zeros asked of this layer, None where the plan names none."""
        return self.artifact.layer_targets.get(self.layer)

    @property
    def left_alone(self) -> bool:
        """True for a layer that the method cannot prune: it has no entry among the targets."""
        targets = self.artifact.layer_targets
        return bool(targets) and self.layer not in targets

    @property
    def weights(self) -> int | None:
        """Weights of its kernels, without biases."""
        return self.artifact.layer_parameters.get(self.layer)

    @property
    def nonzero(self) -> int | None:
        """Those that are not zero."""
        return None if self.weights is None else round(self.weights * (1 - self.sparsity))


@dataclass(frozen=True)
class SeedOf:
    """One training of a variant; the devices ran the files of the `first` one."""

    artifact: Artifact
    seed: int
    score: float
    first: bool


LAYERS: tuple[Column[LayerOf], ...] = (
    Column("variant", "string", "as in results.csv", lambda row: row.artifact.variant),
    Column("method", "string", "as in results.csv", lambda row: row.artifact.method),
    Column(
        "layer",
        "string",
        "name of a Keras layer with weight matrices; in nested models its path",
        lambda row: row.layer,
    ),
    Column(
        "sparsity_target",
        "float64",
        "zeros asked of this layer; empty where it is excluded, has no target of its own or cannot "
        "be pruned by the method",
        lambda row: row.asked,
        FRACTION,
    ),
    Column(
        "sparsity",
        "float64",
        "zeros counted in its weight matrices",
        lambda row: row.sparsity,
        FRACTION,
    ),
    Column("weights", "Int64", "weights of its matrices, without biases", lambda row: row.weights),
    Column(
        "nonzero_weights",
        "Int64",
        "weights of its matrices that are not zero",
        lambda row: row.nonzero,
    ),
    Column(
        "left_alone",
        "boolean",
        "whether the method cannot prune this layer",
        lambda row: row.left_alone,
    ),
)
SEEDS: tuple[Column[SeedOf], ...] = (
    Column("variant", "string", "as in results.csv", lambda row: row.artifact.variant),
    Column("method", "string", "as in results.csv", lambda row: row.artifact.method),
    Column("seed", "Int64", "the plan's `seed`, and those after it", lambda row: row.seed),
    Column(
        "accuracy_keras",
        "float64",
        "of the float32 Keras model of this seed on the test split, on the host (`r2_keras`, "
        "`auc_keras` of other tasks)",
        lambda row: row.score,
        FRACTION,
    ),
    Column(
        "on_device",
        "boolean",
        "whether the devices ran this seed's files",
        lambda row: row.first,
    ),
)


def one_each(artifacts: Sequence[Artifact]) -> list[Artifact]:
    """One model file a variant: what training knows is the same in every dtype."""
    return list({item.variant: item for item in reversed(artifacts)}.values())[::-1]


def layers_of(item: Artifact) -> list[LayerOf]:
    """The layers with kernels of a variant."""
    return [LayerOf(item, layer, zeros) for layer, zeros in item.layer_sparsity.items()]


def layers_frame(data: RunData) -> pd.DataFrame:
    """A row for each layer with kernels of each variant."""
    return table(LAYERS, [row for item in one_each(data.artifacts) for row in layers_of(item)])


def seeds_frame(data: RunData) -> pd.DataFrame:
    """A row for each seed of each variant; the score's column is named after the run's metric."""
    name = f"{data.metric.name}_keras"
    columns = [replace(x, name=name) if x.name == "accuracy_keras" else x for x in SEEDS]
    rows = [
        SeedOf(item, int(seed), value, first=number == 0)
        for item in one_each(data.artifacts)
        for number, (seed, value) in enumerate(item.seed_scores.items())
    ]
    return table(columns, rows)
