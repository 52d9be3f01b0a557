"""The gate's judgement of answers: accuracy sample by sample, R² and AUC by a fixed limit."""

from __future__ import annotations

from collections.abc import Iterator
from math import isnan

from harness.compare.baseline import CellFigures
from harness.compare.finding import Finding, lost
from harness.measure.accuracy import mcnemar
from harness.measure.noninferiority import ALPHA, Pairs
from harness.plan.limits import Limits
from harness.results.wording import bound

ROUNDING = 1e-9  # 0.97 - 0.96 must not exceed a limit of one point


def judge_quality(
    name: str, before: CellFigures, now: CellFigures, limits: Limits
) -> Iterator[Finding]:
    """Differences of a cell's accuracy, R² or AUC."""
    if before.score is not None and not isnan(before.score):
        yield from _score(name, before.score, now.score, limits)
    was, is_now = before.right_samples(), now.right_samples()
    if was is not None and is_now is None:
        yield lost(name, "accuracy", f"{was.mean():.1%}")
    if was is None or is_now is None:
        return
    if len(was) != len(is_now):
        detail = f"{len(is_now)} samples, the baseline {len(was)}: not compared"
        yield Finding(name, "accuracy", "note", detail)
        return
    pairs = Pairs.of(is_now, was)
    if pairs.change == 0:
        return
    p = mcnemar(is_now, was)
    fell = limits.accuracy_drop is not None and -pairs.change > limits.accuracy_drop + ROUNDING
    detail = f"{was.mean():.1%} to {is_now.mean():.1%}; McNemar mid-p = {p:.2g}"
    if pairs.change < 0 and (p < limits.accuracy_p or fell):
        yield Finding(name, "accuracy", "regression", detail)
    elif pairs.change > 0 and p < limits.accuracy_p:
        yield Finding(name, "accuracy", "improvement", detail)
    else:
        open_ = f"a fall of up to {bound(pairs.limit(ALPHA))} is not excluded (95 %)"
        yield Finding(name, "accuracy", "note", f"{detail}; {open_}")


def _score(name: str, before: float, now: float | None, limits: Limits) -> Iterator[Finding]:
    """R² and AUC: only a fixed limit tells a regression, for single samples are not kept."""
    if now is None or isnan(now):  # outputs that are no numbers have no score
        yield lost(name, "score", f"{before:.1%}")
        return
    if now == before:
        return
    detail = f"{before:.1%} to {now:.1%}"
    if limits.accuracy_drop is None:
        yield Finding(name, "score", "note", f"{detail}: [gate] accuracy_drop would limit it")
    elif before - now > limits.accuracy_drop + ROUNDING:
        yield Finding(name, "score", "regression", detail)
