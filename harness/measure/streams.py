"""Streams: samples that are sequences of frames, between which a model keeps its state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from harness.measure.metric import POOLINGS, Pooling

FRAMES_HINT = "a stream's samples have the shape (N, frames, ...), each frame the model's input"


@dataclass(frozen=True)
class Stream:
    """Samples of `frames` frames each; independent samples have one.

    Frame k of sample n is inference n * frames + k. `score` makes the output of a sample of those
    of its frames: the last one, or their mean or maximum, element by element.
    """

    frames: int = 1
    score: Pooling = "last"

    @property
    def record(self) -> dict[str, Any]:
        """The stream as the store keeps it."""
        return {"frames": self.frames, "score": self.score}

    @property
    def words(self) -> str:
        """The stream in words."""
        scored = "the last output" if self.score == "last" else f"the {self.score} of all outputs"
        return f"sequences of {self.frames:,} frames, scored by {scored}"

    @classmethod
    def of_record(cls, found: Any) -> Self:
        """Return the stream of a record; independent samples for anything else."""
        if not isinstance(found, dict):
            return cls()
        frames, score = found.get("frames"), found.get("score")
        if not isinstance(frames, int) or frames < 1 or score not in POOLINGS:
            return cls()
        return cls(frames, score)

    def samples(self, inferences: np.ndarray) -> np.ndarray:
        """Return the samples (n,) of sorted inferences (n * frames,) of whole samples."""
        found: np.ndarray = inferences[:: self.frames] // self.frames
        return found

    def pooled(self, outputs: np.ndarray) -> np.ndarray:
        """Return outputs of samples (n, ...) of those of their frames (n * frames, ...).

        Means are float64. Raises ValueError where a sample is not whole.
        """
        if self.frames == 1:
            return outputs
        by_sample = outputs.reshape(-1, self.frames, *outputs.shape[1:])
        if self.score == "last":
            return by_sample[:, -1]
        if self.score == "max":
            greatest: np.ndarray = by_sample.max(axis=1)
            return greatest
        mean: np.ndarray = by_sample.mean(axis=1, dtype=np.float64)
        return mean


INDEPENDENT = Stream()
