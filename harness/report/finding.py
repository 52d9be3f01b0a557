"""Findings of a target: speed-up by pruning, and speeds of other engines."""

from __future__ import annotations

import pandas as pd

from harness.results.engines import CODEGEN
from harness.results.wording import factor, listing, plural

HOST_CLOCK = "host-clock"
# Factors this close to 1 are called "no faster": what a timing kind can tell apart between two runs
SAME_SPEED = {
    "instructions": 0.02,
    "cycle-accurate": 0.02,
    "cycle-model": 0.02,
    "hardware": 0.05,
    "host-clock": 0.25,
}


def same_speed(kind: str) -> float:
    """Share by which two latencies may differ and still count as equal; the most if unknown."""
    return SAME_SPEED.get(kind, max(SAME_SPEED.values()))


def pruning_finding(rows: pd.DataFrame, kind: str) -> str:
    """Sentence on the gain in speed by pruning, from the speed-ups of the same dtype."""
    pruned = rows[
        (rows["status"] == "ok")
        & rows["speedup"].notna()
        & ~rows["original"].fillna(False).astype(bool)
    ]
    if pruned.empty:
        return "No pruned cell to compare: the gain in speed by pruning is unknown here."
    margin = same_speed(kind)
    faster = pruned[pruned["speedup"] > 1 + margin]
    if faster.empty:
        start = "Pruning did not make the model faster here"
    elif len(faster) == len(pruned):
        start = "Pruning made the model faster here"
    else:
        start = f"Pruning made {len(faster)} of {plural(len(pruned), 'pruned cell')} faster here"
    full = rows.groupby("dtype")["parameters"].transform("max")
    smaller = pruned["parameters"] < full.loc[pruned.index]
    groups = [
        (pruned[smaller.fillna(False)], "removing channels or neurons"),
        (pruned[~smaller.fillna(False)], "zero weights in unchanged shapes"),
    ]
    parts = [f"{name} {_range(group['speedup'])}" for group, name in groups if len(group)]
    text = f"{start}: {listing(parts)} the original's speed at the same dtype."
    if kind == HOST_CLOCK:
        text += f" Less than {100 * margin:.0f} % is noise on this clock."
    return text


def engines_finding(rows: pd.DataFrame) -> str:
    """Speed of each other engine on the models that codegen ran, too; "" for one engine."""
    measured = rows[(rows["status"] == "ok") & (rows["latency_median"] > 0)]
    times = measured.pivot_table("latency_median", ["variant", "dtype"], "engine")
    if CODEGEN not in times:
        return ""
    sentences = []
    for engine in times.columns.drop(CODEGEN):
        ratios = (times[engine] / times[CODEGEN]).dropna()
        if len(ratios):
            sentences.append(
                f"{CODEGEN} had {_range(ratios)} the speed of {engine} on "
                f"{plural(len(ratios), 'model')} that both ran."
            )
    return " ".join(sentences)


def _range(speedups: pd.Series[float]) -> str:
    low, high = factor(speedups.min()), factor(speedups.max())
    return low if low == high else f"{low} to {high}"
