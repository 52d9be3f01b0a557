"""The layers of each model as they run: kernel, MACs, zeros, latency and difference from TFLite."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.report.plots.layer_plot import zeros
from harness.report.table import Column, Scope, Table, Value, make_table
from harness.report.twin_layers import tflm_counts
from harness.results.data import RunData
from harness.results.wording import count, integer, listing, percent, unit
from harness.store import CellKey, LayerFacts


@dataclass(frozen=True)
class Kernels:
    """The kernels that codegen chose for one model on some targets.

    `keys` are its cells; `detail` is the place, from 1, of its variant's details, 0: none.
    """

    name: str
    target: str
    table: Table
    keys: tuple[CellKey, ...]
    detail: int

    @property
    def variant(self) -> str:
        """Name of the variant."""
        return self.keys[0].variant


@dataclass(frozen=True)
class Layer:
    """A layer as stored with its cell; `total` is the latency of all layers, 0 of none.

    `tflm`: that of the same operators by TensorFlow Lite Micro, where both engines ran the model.
    """

    facts: LayerFacts
    total: float
    tflm: float | None = None

    @property
    def parity(self) -> str:
        """The greatest difference from TensorFlow Lite's output, "" where it was not measured."""
        lsb, difference = self.facts.max_lsb, self.facts.max_abs
        if lsb is not None:
            return f"{lsb} LSB"
        if difference is None:
            return ""
        return f"{difference:.0e}" if difference else "0"

    @property
    def share(self) -> str:
        """Its part of the latency of all layers, "" where none was measured."""
        taken = self.facts.count
        return "" if taken is None or not self.total else f"{taken / self.total:.0%}"


COLUMNS: tuple[Column[Layer], ...] = (
    Column("Layer", lambda layer, _: layer.facts.name),
    Column(
        "Kernel",
        lambda layer, _: layer.facts.kernel.replace("engine_", ""),
        left=True,
    ),
    Column("MACs", lambda layer, _: integer(layer.facts.macs)),
    Column("Non-zero", lambda layer, _: integer(layer.facts.nonzero_macs), "MACs"),
    Column(
        "Zeros",
        lambda layer, _: percent(zeros(layer.facts.macs or 0, layer.facts.nonzero_macs or 0), 0),
        "%",
    ),
    Column(
        "Latency",
        lambda layer, _: "" if layer.facts.count is None else count(layer.facts.count),
        lambda scope: scope.latency_unit,
        when=lambda layers: any(layer.total for layer in layers),
    ),
    Column(
        "TFLM",
        lambda layer, _: "" if layer.tflm is None else count(layer.tflm),
        lambda scope: scope.latency_unit,
        when=lambda layers: any(layer.tflm is not None for layer in layers),
    ),
    Column(
        "Share",
        lambda layer, _: Value(layer.share, style="share"),
        when=lambda layers: any(layer.total for layer in layers),
    ),
    Column(
        "Difference",
        lambda layer, _: layer.parity,
        when=lambda layers: any(layer.parity for layer in layers),
    ),
    Column("Why this kernel", lambda layer, _: layer.facts.reason, left=True),
)


def kernels_of(data: RunData, detailed: Sequence[str] = ()) -> list[Kernels]:
    """One entry for all targets on which a model got the same kernels and figures.

    `detailed`: names of the variants with details, in the order of the page.
    """
    groups: dict[tuple[str, Table], list[CellKey]] = {}
    for cell in data.cells:
        stored = cell.record.facts.layers
        total = sum(layer.count or 0.0 for layer in stored)
        scope = Scope(data.metric, unit(cell.record.facts.latency_unit))
        if stored:
            tflm = tflm_counts(data, cell)
            rows = [Layer(facts, total, tflm.get(facts.index)) for facts in stored]
            layers = make_table(COLUMNS, rows, scope)
            groups.setdefault((cell.name, layers), []).append(cell.record.key)
    places = {name: place for place, name in enumerate(detailed, 1)}
    return [
        Kernels(
            name,
            listing([key.target for key in keys]),
            layers,
            tuple(keys),
            places.get(keys[0].variant, 0),
        )
        for (name, layers), keys in groups.items()
    ]


def unlayered(data: RunData) -> tuple[str, ...]:
    """Return a sentence for each cell whose layers have no figures, or not all, with the reason."""
    return tuple(
        f"{cell.name} on {cell.record.key.target}: {cell.record.facts.layers_reason}."
        for cell in data.cells
        if cell.record.facts.layers_reason
    )
