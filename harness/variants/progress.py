"""Progress messages of the training workers."""

from __future__ import annotations

from dataclasses import dataclass

BASE = "base model"
UNTRAINED = "untrained model"


@dataclass(frozen=True)
class Progress:
    """`stage`: start, train, prune, convert, done, a refusal foreseen, or what is waited for.

    `epoch` of at most `epochs`, from 1; `score` is its validation metric in words. `seed` is set
    where the plan asks for several.
    """

    variant: str
    stage: str
    epoch: int = 0
    epochs: int = 0
    score: str = ""
    seed: int | None = None
