"""The gate on times of boards that are the same, or slower by a known step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from harness.compare.baseline import Baseline, CellFigures, RunTime
from harness.compare.judge import judge
from harness.measure.board_runs import RUNS
from harness.plan.limits import Limits

TIME_US = 500.0
CALLS = 100  # samples a run
WITHIN = 0.002  # spread of calls within a run
THERMAL = 0.02  # a warm board is slower by this share, in one run of five
OLD_FACTOR, OLD_P = 1.05, 0.002


@dataclass(frozen=True)
class Noise:
    """Spread between runs, a share; `thermal`: some runs are slower as a whole."""

    between: float
    thermal: bool = False

    def means(self, rng: np.random.Generator, cells: int, runs: int) -> np.ndarray:
        """Mean times (cells, runs) in microseconds of the same image."""
        warm = THERMAL * (rng.random(runs) < 0.2) if self.thermal else 0.0
        logs = rng.normal(0, self.between, (cells, runs)) + warm
        found: np.ndarray = TIME_US * np.exp(logs)
        return found


Rule = Callable[[np.random.Generator, np.ndarray, np.ndarray], set[int]]


def old_rule(rng: np.random.Generator, before: np.ndarray, now: np.ndarray) -> set[int]:
    """Mann-Whitney over the calls of one run, and medians that differ by more than 5 %."""
    from scipy.stats import mannwhitneyu

    def calls(mean: float) -> np.ndarray:
        found: np.ndarray = mean * np.exp(rng.normal(0, WITHIN, CALLS))
        return found

    pairs = [(calls(old), calls(new)) for old, new in zip(before[:, 0], now[:, 0], strict=True)]
    return {
        cell
        for cell, (old, new) in enumerate(pairs)
        if np.median(new) > OLD_FACTOR * np.median(old) and mannwhitneyu(old, new).pvalue < OLD_P
    }


def new_rule(_: np.random.Generator, before: np.ndarray, now: np.ndarray) -> set[int]:
    """The gate: one run, and four more where a cell differs."""
    baseline = _baseline(before, 0)
    once = judge(baseline, _baseline(now[:, :1], RUNS), Limits())
    suspicious = {each.cell for each in once if each.verdict == "repeat"}
    if not suspicious:
        return set()
    found = judge(baseline, _baseline(now, RUNS), Limits())
    slower = {each.cell for each in found if each.verdict == "regression"} & suspicious
    return {int(name.split("/")[0]) for name in slower}


RULES: dict[str, Rule] = {"old": old_rule, "new": new_rule}


def simulate(
    rule: str, noise: Noise, cells: int, step: float, studies: int, seed: int
) -> tuple[float, float]:
    """Share of studies with an alarm in any unchanged cell, and with one in cell 0.

    Cell 0 is slower by `step` after the baseline's runs; with a step of 0 it is unchanged.
    """
    rng = np.random.default_rng(seed)
    false = caught = 0
    for _ in range(studies):
        before = noise.means(rng, cells, RUNS)
        now = noise.means(rng, cells, RUNS)
        now[0] *= 1 + step
        alarms = RULES[rule](rng, before, now)
        caught += 0 in alarms
        false += bool(alarms - {0} if step else alarms)
    return false / studies, caught / studies


def _baseline(times: np.ndarray, first: int) -> Baseline:
    cells = {
        f"{number}/int8/codegen/board": CellFigures(
            status="ok",
            timing_kind="hardware",
            latency_unit="us",
            runs=tuple(
                RunTime(started=str(first + place), log_time=float(np.log(time)), samples=CALLS)
                for place, time in enumerate(row)
            ),
        )
        for number, row in enumerate(times)
    }
    return Baseline(plan="simulated", cells=cells)
