"""The training of one variant: loss and accuracy by epoch, and the epoch that was kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from harness.report.plots.boards import Limits
from harness.report.plots.figure import COLOURS, INK, RULE, Plot, Style, new_figure, save
from harness.report.variants import group_of
from harness.results.wording import count, plural
from harness.store import Artifact

HELD_OUT = "val_"
PANELS = 2


def curve_limits(items: Sequence[Artifact]) -> Mapping[str, Limits]:
    """Return by metric the least and greatest value of all trainings, so that they share a scale.

    Under "epoch" the first and the last one.
    """
    values: dict[str, list[float]] = {"epoch": [1]}
    for item in items:
        for name, found in flat_history(item.history).items():
            values.setdefault(name.removeprefix(HELD_OUT), []).extend(found)
            values["epoch"].append(len(found))
    finite = {name: [each for each in found if isfinite(each)] for name, found in values.items()}
    return {name: (min(found), max(found)) for name, found in finite.items() if found}


def variant_curves(
    item: Artifact, number: int, look: Style, limits: Mapping[str, Limits]
) -> Plot | None:
    """A panel a metric: training thin, validation bold, a line at the epoch whose weights remain.

    Where trainings follow one another, the epochs kept in between are dotted. `number` tells plots
    of variants apart whose names differ only in what a file name cannot hold.
    """
    history = flat_history(item.history)
    metrics = [name for name in history if not name.startswith(HELD_OUT)][:PANELS]
    if not metrics:
        return None
    figure = new_figure(2.2)
    for place, metric in enumerate(metrics, 1):
        axes = figure.add_subplot(1, len(metrics), place)
        _panel(axes, history, metric, look)
        _scale(axes, limits, metric)
        for kept in item.kept_epochs[:-1]:
            axes.axvline(kept, color=INK, linewidth=0.7, linestyle=":")
        for kept in item.kept_epochs[-1:]:
            axes.axvline(kept, color=INK, linewidth=0.9, linestyle="--", label="kept")
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower left", ncols=3, columnspacing=1.4)
    return save(
        figure, name=f"training-{number:02d}", group=group_of(item.variant),
        title=f"Training of {item.variant}", alt=_alt(item, history, metrics),
    )  # fmt: skip


def flat_history(history: dict[str, Any]) -> dict[str, list[float]]:
    """Lists of numbers by name; those of nested phases follow one another."""
    found: dict[str, list[float]] = {}
    for name, value in history.items():
        if isinstance(value, dict):
            for inner, values in flat_history(value).items():
                found.setdefault(inner, []).extend(values)
        elif isinstance(value, list) and value and all(isinstance(x, int | float) for x in value):
            found.setdefault(name, []).extend(float(x) for x in value)
    return found


def _panel(axes: Axes, history: dict[str, list[float]], metric: str, look: Style) -> None:
    colour = COLOURS[0] if look.colour == INK else look.colour
    values = history[metric]
    axes.plot(range(1, len(values) + 1), values, color=colour, linewidth=0.8, alpha=0.75,
              label="training")  # fmt: skip
    held_out = history.get(HELD_OUT + metric, [])
    axes.plot(range(1, len(held_out) + 1), held_out, color=colour, linewidth=1.7,
              label="validation")  # fmt: skip
    axes.set_title(metric)
    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.grid(visible=True, color=RULE)


def _scale(axes: Axes, limits: Mapping[str, Limits], metric: str) -> None:
    """Set the limits with a twentieth of room."""
    for name, limit in (("epoch", axes.set_xlim), (metric, axes.set_ylim)):
        low, high = limits.get(name, (0.0, 0.0))
        room = 0.05 * (high - low)
        if room:
            limit(low - room, high + room)


def _alt(item: Artifact, history: dict[str, list[float]], metrics: Sequence[str]) -> str:
    epochs = len(history[metrics[0]])
    text = f"{' and '.join(metrics).capitalize()} of {item.variant} over {plural(epochs, 'epoch')}."
    if not item.kept_epochs:
        return text
    kept = item.kept_epochs[-1]
    figures = [
        f"validation {metric} {count(history[HELD_OUT + metric][kept - 1])}"
        for metric in metrics
        if len(history.get(HELD_OUT + metric, [])) >= kept
    ]
    return f"{text} Epoch {kept} was kept" + (f": {', '.join(figures)}." if figures else ".")
