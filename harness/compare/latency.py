"""The gate's judgement of times: exact counts sample by sample, times of boards run by run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import exp, log
from statistics import fmean

import numpy as np

from harness.compare.baseline import Baseline, CellFigures, RunTime
from harness.compare.finding import Finding, Verdict, change, grown, lost
from harness.measure.board_runs import RUNS, SUSPICIOUS, RunSpread
from harness.measure.latency import is_deterministic
from harness.plan.limits import Limits
from harness.results.wording import plural

HARDWARE = "hardware"
FIGURES = ("latency_median", "latency_max")


@dataclass(frozen=True)
class Boards:
    """Spread between the baseline's runs by target, and the level at which each cell is judged."""

    spreads: Mapping[str, RunSpread]
    level: float
    factor: float

    @classmethod
    def of(cls, baseline: Baseline, limits: Limits) -> Boards:
        """All cells of the baseline that a board timed."""
        cells = [(name, cell) for name, cell in baseline.cells.items() if cell.board_runs()]
        targets: dict[str, list[list[float]]] = {}
        for name, cell in cells:
            runs = [run.log_time for run in cell.board_runs()]
            targets.setdefault(_target(name), []).append(runs)
        return cls(
            {target: RunSpread.of(runs) for target, runs in targets.items()},
            limits.hardware_p / max(1, len(cells)),
            limits.hardware_factor,
        )

    def spread(self, name: str, cell: CellFigures) -> RunSpread:
        """Of the cell's target, at least a step of the clock."""
        found = self.spreads[_target(name)]
        time = exp(fmean(run.log_time for run in cell.board_runs()))
        return replace(found, s=max(found.s, (cell.tick or 0.0) / time))

    def remarks(self, baseline: Baseline) -> list[str]:
        """A line a target: what its baseline can show."""
        lines = []
        for target, found in self.spreads.items():
            cells = [cell for name, cell in baseline.cells.items() if _target(name) == target]
            counts = [len(cell.board_runs()) for cell in cells if cell.board_runs()]
            step = found.visible(min(counts), self.level, self.factor - 1)
            known = f"of {min(counts)} each"
            if not found.df:
                known = f"assumed, as the baseline has one run: accept {RUNS} of the same image"
            lines.append(
                f"{target}: a step of {step:.1%} is seen in {RUNS} runs 9 times of 10; "
                f"{found.s:.2%} between runs, {known}"
            )
        return lines


def judge_latency(
    name: str, before: CellFigures, now: CellFigures, limits: Limits, boards: Boards
) -> Iterator[Finding]:
    """Differences of a cell's times."""
    if before.timing_kind != now.timing_kind or before.latency_unit != now.latency_unit:
        unit = now.latency_unit or ""
        detail = f"timed as {now.timing_kind} in {unit}, the baseline as {before.timing_kind}"
        yield Finding(name, "latency", "note", detail)
    elif is_deterministic(now.timing_kind or ""):
        yield from _exact(name, before, now, limits)
    elif now.timing_kind == HARDWARE:
        yield from _board(name, before, now, boards)


def _exact(name: str, before: CellFigures, now: CellFigures, limits: Limits) -> Iterator[Finding]:
    """Sample by sample; baselines of version 1, and of other samples, have median and maximum."""
    old, new = before.sample_counts(), now.sample_counts()
    if old is None or new is None or len(old) != len(new):
        yield from _by_median(name, before, now, limits)
        return
    slower, faster = new > old * (1 + limits.count_growth), new < old
    if not slower.any() and not faster.any():
        return
    verdict: Verdict = "regression" if slower.any() else "improvement"
    unit = now.latency_unit or ""
    parts = [_samples(old, new, slower, "slower"), _samples(old, new, faster, "faster")]
    if verdict == "regression":
        parts.append(_slower_layers(before, now, limits))
    figure = "latency_samples"
    for each in FIGURES:
        was, is_now = getattr(before, each), getattr(now, each)
        if None not in (was, is_now) and (is_now > was if slower.any() else is_now < was):
            figure, parts = each, [change(was, is_now, unit), *parts]
            break
    yield Finding(name, figure, verdict, "; ".join(filter(None, parts)))


def _by_median(
    name: str, before: CellFigures, now: CellFigures, limits: Limits
) -> Iterator[Finding]:
    """Median and maximum; the maximum only where it says something that the median does not."""
    layers = _slower_layers(before, now, limits)
    reported: set[Verdict] = set()
    for figure in FIGURES:
        old, new = getattr(before, figure), getattr(now, figure)
        allowed = (old or 0.0) * limits.count_growth
        for each in grown(name, figure, old, new, allowed, now.latency_unit or ""):
            if each.verdict in reported:
                continue
            reported.add(each.verdict)
            more = f"; {layers}" if layers and each.verdict == "regression" else ""
            yield replace(each, detail=each.detail + more)


def _samples(old: np.ndarray, new: np.ndarray, chosen: np.ndarray, word: str) -> str:
    """Sentence on the samples that changed that way, the worst one named; "" where none did."""
    if not chosen.any():
        return ""
    most = int(np.argmax(np.where(chosen, np.abs(new - old), -1)))
    by = (
        f"{abs(new[most] - old[most]):,.0f} ({new[most] / old[most] - 1:+.1%})" if old[most] else ""
    )
    number = int(chosen.sum())
    return f"{number:,} of {plural(len(old), 'sample')} {word}, sample {most} by {by}"


def _slower_layers(before: CellFigures, now: CellFigures, limits: Limits) -> str:
    slower = [
        f"layer {layer}: {old:,.0f} to {new:,.0f} ({new / old - 1:+.1%})"
        for layer, old in before.layers.items()
        if (new := now.layers.get(layer, old)) > old * (1 + limits.count_growth) and old > 0
    ]
    return "; ".join(slower)


def _board(name: str, before: CellFigures, now: CellFigures, boards: Boards) -> Iterator[Finding]:
    """A t test on means of runs; a single run that differs much asks for four more."""
    old = before.board_runs()
    if not old:
        return
    seen = {run.started for run in old}
    new = [run for run in now.board_runs() if not run.started or run.started not in seen][-RUNS:]
    if not now.board_runs():
        yield lost(name, "latency_median", f"{plural(len(old), 'run')} of times")
        return
    if not new:  # the baseline's own runs
        return
    if old[-1].samples != new[-1].samples:
        detail = f"{new[-1].samples} samples a run, the baseline {old[-1].samples}: not judged"
        yield Finding(name, "latency_median", "note", detail)
        return
    was, is_now = (fmean(run.log_time for run in runs) for runs in (old, new))
    spread, least = boards.spread(name, before), log(boards.factor)
    limit = max(least, spread.threshold(len(new), len(old), boards.level))
    text = change(exp(was), exp(is_now), now.latency_unit or "")
    if spread.df and len(new) < RUNS:
        if is_now - was > max(least, SUSPICIOUS * spread.s):
            more = f"{plural(RUNS - len(new), 'more run')} of this image will tell"
            yield Finding(name, "latency_median", "repeat", f"{text} in {_runs(new)}: {more}")
    elif abs(is_now - was) > limit:
        verdict: Verdict = "regression" if is_now > was else "improvement"
        detail = f"{text}, mean of {_runs(new)}; chance reaches {exp(limit) - 1:.1%}"
        yield Finding(name, "latency_median", verdict, detail)


def _runs(runs: Sequence[RunTime]) -> str:
    return plural(len(runs), "run")


def _target(name: str) -> str:
    return name.rpartition("/")[2]
