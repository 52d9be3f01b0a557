"""The plots of a report. Each function draws one figure; `draw_plots` draws all of a run's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator

from harness.report.confusion import Confusion, confusions
from harness.report.plots.axes import slug
from harness.report.plots.board_plots import board_plots
from harness.report.plots.curves import curve_limits, flat_history, variant_curves
from harness.report.plots.figure import (
    COLOURS,
    INK,
    STYLE,
    Plot,
    Style,
    new_figure,
    save,
    styles,
    variant_handles,
)
from harness.report.plots.layer_plot import layer_plot
from harness.report.shortlist import shortlist
from harness.report.verdict import Verdict
from harness.results.data import RunData
from harness.results.details import one_each
from harness.results.engines import with_engine
from harness.results.wording import plural

CURVES = ("val_accuracy", "accuracy", "val_mae", "mae", "val_loss", "loss")
GRID_COLUMNS = 4
LARGEST_MATRIX = 20  # classes; beyond that cells are too small to read


def draw_plots(data: RunData, frame: pd.DataFrame, found: Sequence[Verdict] = ()) -> list[Plot]:
    """Every plot that the run has figures for; layers of the models that the verdicts name.

    Plots that compare need two to compare: a single cell has none of them.
    """
    few = shortlist(data, frame, found)
    # the first ones are the easiest to tell apart
    named = [item.variant for item in [*few.artifacts, *data.artifacts]]
    variants = list(dict.fromkeys([*named, *frame["variant"]]))
    originals = frozenset(cell.record.key.variant for cell in data.cells if cell.original)
    looks = styles(variants, originals)
    models = {(item.variant, item.dtype) for item in few.artifacts}
    detailed = pd.Series(
        [pair in models for pair in zip(frame["variant"], frame["dtype"], strict=True)],
        index=frame.index,
        dtype=bool,
    )
    plots: list[Plot | None] = []
    with mpl.rc_context(STYLE):
        plots += board_plots(data, frame[frame["latency_median"].notna()], detailed, looks)
        plots += [layer_plot(data, verdict) for verdict in found]
        plots += [sizes(few, frame), training(few, looks)]
        trained = one_each(few.artifacts)
        limits = curve_limits(trained)
        for number, item in enumerate(trained, 1):
            plots.append(variant_curves(item, number, looks[item.variant], limits))
        matrices = confusions(few)
        for dtype in dict.fromkeys(matrix.dtype for matrix in matrices):
            plots.append(matrix_grid([item for item in matrices if item.dtype == dtype], dtype))
    return [plot for plot in plots if plot is not None]


def sizes(data: RunData, frame: pd.DataFrame) -> Plot | None:
    """The model file, the file after gzip, and the flash that the model takes on each target."""
    if len(data.artifacts) < 2:
        return None
    figure = new_figure(1.2 + 0.26 * len(data.artifacts))
    axes = figure.add_subplot()
    places = np.arange(len(data.artifacts))
    raw = [item.tflite_bytes / 1000 for item in data.artifacts]
    packed = [item.gzip_bytes / 1000 for item in data.artifacts]
    axes.barh(places, raw, height=0.62, color=COLOURS[5], alpha=0.55, label=".tflite file")
    axes.barh(places, packed, height=0.34, color=COLOURS[0], label="the same, gzip -9")
    names = [(item.variant, item.dtype) for item in data.artifacts]
    for number, ((target, engine), rows) in enumerate(
        frame[frame["flash_bytes"].notna()].groupby(["target", "engine"], sort=False)
    ):
        points = [
            (row.flash_bytes / 1000, names.index((row.variant, row.dtype)))
            for row in _rows(rows)
            if (row.variant, row.dtype) in names
        ]
        axes.plot(
            [x for x, _ in points], [y for _, y in points], ls="", color=INK, fillstyle="none",
            marker="|^sdv><"[number % 7], markersize=6,
            label=with_engine(f"flash on {target}", str(engine)),
        )  # fmt: skip
    axes.set_yticks(places, [f"{variant} {dtype}" for variant, dtype in names])
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel("kB (1,000 bytes)")
    axes.grid(visible=True, axis="x")
    figure.legend(loc="outside lower left", ncols=2, columnspacing=1.2)
    smallest = min(data.artifacts, key=lambda item: item.gzip_bytes)
    alt = (
        f"Sizes of {plural(len(names), 'model file')}, raw and after gzip, and flash on the "
        f"targets. Smallest after gzip: {smallest.variant} {smallest.dtype}, "
        f"{smallest.gzip_bytes:,} bytes."
    )
    return save(figure, name="sizes", group="sizes", title="Model size", alt=alt)


def training(data: RunData, looks: dict[str, Style]) -> Plot | None:
    """One curve of the training history a variant: the validation metric where it was kept."""
    histories = {item.variant: flat_history(item.history) for item in data.artifacts}
    name = next((key for key in CURVES if any(key in kept for kept in histories.values())), None)
    if name is None:
        return None
    shown = [variant for variant, kept in histories.items() if name in kept]
    figure = new_figure(2.5 + 0.16 * -(-len(shown) // 3))
    axes = figure.add_subplot()
    for variant in shown:
        values = histories[variant][name]
        axes.plot(range(1, len(values) + 1), values, color=looks[variant].colour, linewidth=1.1,
                  marker=looks[variant].marker, markersize=3.5,
                  markevery=max(1, len(values) // 8))  # fmt: skip
    axes.set_xlabel("epoch")
    axes.set_ylabel(name.replace("val_", "validation "))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(visible=True)
    figure.legend(
        handles=variant_handles(shown, looks), loc="outside lower left", ncols=3, columnspacing=1.2
    )
    longest = max(len(histories[variant][name]) for variant in shown)
    alt = (
        f"{name.replace('val_', 'Validation ')} by epoch of {plural(len(shown), 'variant')}, "
        f"up to {plural(longest, 'epoch')}."
    )
    return save(figure, name="training", group="training", title="Training", alt=alt)


def matrix_grid(matrices: list[Confusion], dtype: str) -> Plot | None:
    """Small multiples of the confusion matrices of one dtype; mistakes are written in figures."""
    matrices = [item for item in matrices if len(item.matrix) <= LARGEST_MATRIX]
    if len(matrices) < 2:  # the page has it as a table
        return None
    columns = min(GRID_COLUMNS, len(matrices))
    rows = -(-len(matrices) // columns)
    figure = new_figure(0.35 + 1.45 * rows)
    for place, item in enumerate(matrices):
        axes = figure.add_subplot(rows, columns, place + 1)
        share = item.matrix / np.maximum(1, item.matrix.sum(axis=1, keepdims=True))
        axes.imshow(share, cmap="Blues", vmin=0, vmax=1)
        for true, said in zip(*np.nonzero(item.matrix), strict=True):
            if true != said:
                axes.text(said, true, str(item.matrix[true, said]), ha="center", va="center",
                          fontsize=4.5, color="#B00020")  # fmt: skip
        axes.set_title(f"{item.variant}\n{item.errors} wrong", fontsize=6)
        ticks = range(0, len(item.matrix), 1 if len(item.matrix) <= 10 else 5)
        axes.set_xticks(ticks)
        axes.set_yticks(ticks)
        axes.tick_params(labelsize=4.5, length=0, pad=1)
    figure.supxlabel("predicted class", fontsize=7)
    figure.supylabel("true class", fontsize=7)
    alt = f"Confusion matrices of {plural(len(matrices), 'variant')} in {dtype}."
    return save(
        figure, name=f"confusion-{slug(dtype)}", group="confusion",
        title=f"Confusion matrices, {dtype}", alt=alt,
    )  # fmt: skip


def _rows(frame: pd.DataFrame) -> Any:
    return frame.itertuples()
