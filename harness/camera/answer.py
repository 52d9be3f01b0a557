"""Answer of a model to a frame: a class, its name and its score."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from harness.codegen import CompiledModel
from harness.errors import DataError
from harness.measure.accuracy import predictions


@dataclass(frozen=True)
class Answer:
    """The class with the greatest output, its name ("" without labels), and that real output."""

    index: int
    name: str
    score: float


@dataclass(frozen=True)
class Reader:
    """Reads the raw outputs of a model; `labels` are empty or one a class."""

    scale: float | None
    zero_point: int | None
    labels: tuple[str, ...]
    probabilities: bool

    @classmethod
    def of(cls, compiled: CompiledModel, labels: Path | None) -> Reader:
        """For that model, with class names from a file. Raises DataError."""
        output = compiled.output
        names = read_labels(labels, int(np.prod(output.sample_shape))) if labels is not None else ()
        last = compiled.ops[-1].kind if compiled.ops else ""
        return cls(output.scale, output.zero_point, names, last in ("SOFTMAX", "LOGISTIC"))

    @property
    def what(self) -> str:
        """Meaning of `Answer.score`."""
        return "probability" if self.probabilities else "score"

    def read(self, output: np.ndarray) -> Answer:
        """The answer in one raw output, without the batch axis."""
        index = int(predictions(output[np.newaxis])[0])
        real = float(output.reshape(-1)[index])
        if self.scale is not None and self.zero_point is not None:
            real = (real - self.zero_point) * self.scale
        return Answer(index, self.labels[index] if self.labels else "", real)


def read_labels(path: Path, classes: int) -> tuple[str, ...]:
    """Class names, one a line. Raises DataError unless there is one for each class."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(
            f"cannot read the labels: {error}", where=str(path), hint="check --labels"
        ) from error
    names = tuple(line.strip() for line in text.splitlines() if line.strip())
    if len(names) != classes:
        raise DataError(
            f"{len(names)} labels for {classes} outputs",
            where=str(path),
            hint="one class a line, in the order of the outputs",
        )
    return names
