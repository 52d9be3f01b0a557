"""Parts of several plots: logarithmic axes with few plain labels, and names of files."""

from __future__ import annotations

import re

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter


def slug(name: str) -> str:
    """A name as a part of a file name."""
    return re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-").lower() or "unnamed"


def log_axis(axes: Axes, values: np.ndarray) -> None:
    """Log x with a few plain labels: 1, 2 and 5 of every decade, or of a narrow range its ends."""
    low, high = float(values.min()), float(values.max())
    axes.set_xscale("log")
    if high / low < 1.05:
        low, high = low / 1.05, high * 1.05
    margin = (high / low) ** 0.06
    axes.set_xlim(low / margin, high * margin)
    ratio = high / low
    if ratio < 3:
        axes.xaxis.set_major_locator(MaxNLocator(5))
    else:
        steps = (1.0, 2.0, 5.0) if ratio < 100 else (1.0, 3.0) if ratio < 1000 else (1.0,)
        axes.xaxis.set_major_locator(LogLocator(subs=steps))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: short(value)))
    axes.xaxis.set_minor_formatter(NullFormatter())


def short(value: float) -> str:
    """1234567 as 1.23 M."""
    for size, sign in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:.3g} {sign}"
    return f"{value:.3g}"
