"""The choice among the models of a target: what is shipped has been shown to be good enough.

A candidate is shown to be at most the tolerance worse than one original that was fixed beforehand.
The error of all candidates together is 5 % (Holm); models whose answers are the same count once.
Nothing here knows of tables or text, so that benchmarks/statistics.py can simulate it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf

from harness.measure.noninferiority import ALPHA, Comparison, holm

ROUNDING = 1e-9  # 0.97 - 0.96 must count as one point


@dataclass(frozen=True)
class Candidate:
    """A measured cell; `row` is its place in the table.

    `answers`: equal for cells that answered all samples alike. `against` the original, None of the
    original itself. `flash` in bytes, infinite where unknown. `trouble`: why it is no choice.
    """

    row: int
    latency: float
    flash: float
    answers: str
    against: Comparison | None
    trouble: str = ""

    @property
    def change(self) -> float:
        """Quality less that of the original."""
        return 0.0 if self.against is None else self.against.change


@dataclass(frozen=True)
class Decision:
    """The choice.

    `shown`: it is the original, or shown to be at most the tolerance worse. `models`: distinct
    models that were compared with the original. `rival`: significantly better than the choice,
    which beats it by speed alone. `faster`: faster than a choice that is shown, but not shown.
    """

    choice: Candidate
    shown: bool
    models: int
    rival: Candidate | None = None
    faster: Candidate | None = None

    @property
    def level(self) -> float:
        """One-sided level at which the choice alone has to be judged."""
        return ALPHA / max(1, self.models)


def decide(
    candidates: Sequence[Candidate],
    original: Candidate,
    tolerance: float,
    same_speed: float,
    worse_p: Callable[[Candidate, Candidate], float],
) -> Decision:
    """Choose among `candidates`, of which `original` is one without trouble.

    Latencies within the share `same_speed` of the fastest one are equal. `worse_p` is the p value
    that the first candidate is as good as the second one.
    """
    others = [each for each in candidates if each.against is not None]
    p_values = {each.answers: each.against.p(tolerance) for each in others if each.against}
    passed = {
        answers
        for answers, rejected in zip(p_values, holm(list(p_values.values())), strict=True)
        if rejected
    }
    sound = [each for each in candidates if not each.trouble]
    shown = [each for each in sound if each is original or each.answers in passed]
    measured = [each for each in sound if each.change >= -tolerance - ROUNDING]
    proven, hoped = _best(shown, same_speed), _best(measured, same_speed)
    if proven is original and hoped is not original:
        return Decision(hoped, shown=False, models=len(p_values))
    slower = proven.latency > hoped.latency * (1 + same_speed)
    rival = None if proven is original else _rival(proven, sound, original, same_speed, worse_p)
    return Decision(
        proven,
        shown=rival is None,
        models=len(p_values),
        rival=rival,
        faster=hoped if slower and hoped not in shown else None,
    )


def _best(candidates: Sequence[Candidate], same_speed: float) -> Candidate:
    """The fastest; of those that are as fast the best one, then the smallest one."""
    least = min(each.latency for each in candidates)
    fast = [each for each in candidates if each.latency <= least * (1 + same_speed)]
    return min(fast, key=lambda each: (-each.change, each.flash, each.latency))


def _rival(
    choice: Candidate,
    sound: Sequence[Candidate],
    original: Candidate,
    same_speed: float,
    worse_p: Callable[[Candidate, Candidate], float],
) -> Candidate | None:
    """The best of the slower, not larger candidates that are significantly better (Bonferroni).

    The original is none: the tolerance says what may be given up for speed against it.
    """
    slower = [
        each
        for each in sound
        if each is not original
        and each.latency > choice.latency * (1 + same_speed)
        and (each.flash <= choice.flash or inf in (each.flash, choice.flash))
        and each.change > choice.change
    ]
    models = len({each.answers for each in slower})
    better = [each for each in slower if worse_p(choice, each) < ALPHA / models]
    return max(better, key=lambda each: each.change, default=None)
