"""What the training worker tells while it works."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """`stage`: start, train, prune, convert or done; `epoch` of at most `epochs`, from 1."""

    variant: str
    stage: str
    epoch: int = 0
    epochs: int = 0
    accuracy: float | None = None
