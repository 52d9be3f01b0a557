"""One figure of a cell that is not as it was, and how figures are written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

# "repeat": more runs are needed to tell whether it is a regression.
# "moved": a count that is worse, measured with another compiler or simulator than the baseline.
Verdict = Literal["regression", "repeat", "moved", "improvement", "note"]


@dataclass(frozen=True)
class Finding:
    """A figure that changed; `detail` says it in words, with the figures.

    `also`: other cells to which the same happened, where one model runs on several targets.
    """

    cell: str
    figure: str
    verdict: Verdict
    detail: str
    also: tuple[str, ...] = ()

    @property
    def cells(self) -> tuple[str, ...]:
        """All cells that it is about."""
        return (self.cell, *self.also)


def lost(name: str, figure: str, was: str) -> Finding:
    """A figure that the baseline has and the run has not."""
    return Finding(name, figure, "regression", f"was {was}, is not measured")


def grown(
    name: str, figure: str, before: float | None, now: float | None, allowed: float, unit: str
) -> Iterator[Finding]:
    """A figure of which more is worse; `allowed` is what it may grow by."""
    if before is None and now is None:
        return
    if now is None:
        yield lost(name, figure, f"{before:,} {unit}")
    elif before is None:
        yield Finding(name, figure, "note", f"{now:,} {unit}, not measured in the baseline")
    elif now > before + allowed:
        yield Finding(name, figure, "regression", change(before, now, unit))
    elif now < before:
        yield Finding(name, figure, "improvement", change(before, now, unit))


def change(before: float, now: float, unit: str) -> str:
    """`1,000 to 1,030 B (+3.0%)`."""
    share = f" ({now / before - 1:+.1%})" if before else ""
    return f"{_figure(before)} to {_figure(now)} {unit}{share}"


def _figure(value: float) -> str:
    """Counts and medians of two counts in full, other figures with six digits at most."""
    if float(2 * value).is_integer():
        return f"{value:,.1f}".removesuffix(".0")
    return f"{value:,g}" if value < 1e6 else f"{value:,.0f}"
