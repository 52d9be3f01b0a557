"""The layers of each model as they run: kernel, MACs, zeros, latency and difference from TFLite."""

from __future__ import annotations

from dataclasses import dataclass

from harness.report.plots.layer_plot import zeros
from harness.results.data import RunData
from harness.results.wording import count, integer, listing, percent, unit
from harness.store import LayerFacts


@dataclass(frozen=True)
class Kernels:
    """The kernels that codegen chose for one model on some targets.

    `unit` is that of the layers' latencies, empty where they have none; `compared`: with TFLite.
    """

    name: str
    target: str
    unit: str
    compared: bool
    layers: tuple[tuple[str, ...], ...]


def kernels_of(data: RunData) -> list[Kernels]:
    """One entry for all targets on which a model got the same kernels and figures."""
    groups: dict[tuple[str, str, tuple[tuple[str, ...], ...]], list[str]] = {}
    for cell in data.cells:
        told = cell.record.facts.layers
        total = sum(layer.count or 0.0 for layer in told)
        layers = tuple(_layer(layer, total) for layer in told)
        timed = unit(cell.record.facts.latency_unit) if total else ""
        if layers:
            groups.setdefault((cell.name, timed, layers), []).append(cell.record.key.target)
    return [
        Kernels(name, listing(targets), timed, any(layer[7] for layer in layers), layers)
        for (name, timed, layers), targets in groups.items()
    ]


def _layer(layer: LayerFacts, total: float) -> tuple[str, ...]:
    taken, lsb, difference = layer.count, layer.max_lsb, layer.max_abs
    parity = "" if difference is None else f"{difference:.0e}" if difference else "0"
    parity = parity if lsb is None else f"{lsb} LSB"
    return (
        layer.name,
        layer.kernel.replace("engine_", ""),
        integer(layer.macs),
        integer(layer.nonzero_macs),
        percent(zeros(layer.macs or 0, layer.nonzero_macs or 0), 0),
        "" if taken is None else count(taken),
        "" if taken is None or not total else f"{taken / total:.0%}",
        parity,
        layer.reason,
    )
