"""A cell's answers against the original's, on test samples and, where allowed, on validation."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from harness.measure.exchanged import exchanged, unlabelled
from harness.measure.noninferiority import Comparison
from harness.measure.score import compare, difference_p, trivial_p
from harness.results.data import CellData, RunData, answers_of
from harness.results.soundness import FLOAT_PARITY, parity_trouble
from harness.results.wording import listing, percent, plural

MOST_PAIRS = 4  # exchanged labels that are named; further ones are counted


@dataclass(frozen=True)
class Pooled:
    """Answers to the same samples of two cells: the first `test` of `labels` are test samples."""

    task: str
    said: np.ndarray
    other: np.ndarray
    labels: np.ndarray
    test: int

    @property
    def validation(self) -> int:
        """Number of validation samples."""
        return len(self.labels) - self.test

    @cached_property
    def change(self) -> Comparison:
        """Gain of the first cell's answers over the second's, with its uncertainty."""
        return compare(self.task, self.said, self.other, self.labels)

    @property
    def tested(self) -> Pooled:
        """The test samples alone, which the devices themselves answered."""
        if not self.validation:
            return self
        test = slice(self.test)
        return replace(self, said=self.said[test], other=self.other[test], labels=self.labels[test])

    @property
    def p(self) -> float:
        """Two-sided p that both are as good."""
        return difference_p(self.task, self.said, self.other, self.labels)


def pool(data: RunData, cell: CellData, other: CellData) -> Pooled | None:
    """The answers of both to the test samples that both measured, and to validation samples.

    Validation samples are added where both cells equal the reference, which answered them. None
    without labels, answers or common samples.
    """
    if not data.labelled or cell.said is None or other.said is None:
        return None
    shared, mine, theirs = np.intersect1d(cell.answered, other.answered, return_indices=True)
    if not len(shared):
        return None
    said, others, labels = cell.said[mine], other.said[theirs], data.run.labels[shared]
    held = [validation_answers(data, each) for each in (cell, other)]
    if held[0] is not None and held[1] is not None and data.run.validation_labels is not None:
        said, others = np.concatenate([said, held[0]]), np.concatenate([others, held[1]])
        labels = np.concatenate([labels, data.run.validation_labels])
    return Pooled(data.run.task, said, others, labels, len(shared))


def validation_answers(data: RunData, cell: CellData) -> np.ndarray | None:
    """The reference's answers to the validation samples, where they are the device's too.

    So they are where integer outputs equal the reference's bit for bit on all test samples and the
    authority's own rounding is no reason to expect others (`tolerance_lsb` 0). Float
    outputs may differ by rounding: a class then follows from the reference where its lead is more
    than twice what the stated parity allows, which must hold for all validation samples; the lead
    of a sigmoid output is that over the threshold. Samples that chose the threshold judge nothing.
    """
    artifact, labels = cell.artifact, data.run.validation_labels
    if artifact is None or labels is None or not len(labels) or data.run.task == "anomaly":
        return None
    outputs = artifact.validation_outputs
    if outputs is None or cell.outputs is None or artifact.tolerance_lsb or parity_trouble(cell):
        return None
    if artifact.tuned:
        return None
    if outputs.dtype == np.float32 and not _settled(data, cell, data.stream.pooled(outputs)):
        return None
    return answers_of(data.run, artifact, outputs, np.arange(len(outputs)))


def answers_key(data: RunData, cell: CellData) -> str:
    """Digest of all answers of a cell: cells of the same one are one model to a statistician."""
    digest = hashlib.sha256(cell.samples.index.tobytes())
    for part in (cell.said, validation_answers(data, cell)):
        digest.update(b"-" if part is None else np.ascontiguousarray(part).tobytes())
    return digest.hexdigest()


def learned_p(data: RunData, cell: CellData) -> float:
    """One-sided p that a cell's answers are no better than those of a model that learned nothing.

    1 without labels or answers.
    """
    if not data.labelled or cell.said is None:
        return 1.0
    return trivial_p(data.run.task, cell.said, data.run.labels[cell.answered])


def label_exchange(data: RunData, cell: CellData) -> str:
    """Labels that seem to be others than the outputs' classes, in words; "" where none do."""
    if not data.labelled or data.run.task != "classification" or cell.said is None:
        return ""
    labels = data.run.labels[cell.answered].astype(np.int64)
    found = exchanged(cell.said.astype(np.int64), labels, data.run.classes)
    if found is None:
        missing = unlabelled(cell.said.astype(np.int64), labels, data.run.classes)
        lines = [
            f"no sample is labelled {output}, but {plural(count, 'sample')} labelled {label} "
            f"{'is' if count == 1 else 'are'} answered so"
            for output, label, count in missing
        ]
        return "; ".join(lines)
    shown = [f"label {label} is answered by output {output}" for label, output in found.pairs]
    rest = len(shown) - MOST_PAIRS
    names = listing(shown if rest <= 0 else [*shown[:MOST_PAIRS], f"{rest} more"])
    now = float((cell.said == labels).mean())
    return (
        f"labels seem to be in another order than the outputs: {names}; so "
        f"{percent(found.accuracy)} % of the answers are correct instead of {percent(now)} %"
    )


def _settled(data: RunData, cell: CellData, outputs: np.ndarray) -> bool:
    if cell.record.key.dtype == "dynamic":
        return False
    flat = np.sort(outputs.reshape(len(outputs), -1).astype(np.float64), axis=1)
    threshold = None if cell.artifact is None else cell.artifact.threshold
    if threshold is not None:
        scale = max(1.0, float(np.abs(flat).max()))
        return bool((np.abs(flat - threshold) > 2 * FLOAT_PARITY * scale).all())
    if data.run.task != "classification" or flat.shape[1] < 2:
        return True
    lead = flat[:, -1] - flat[:, -2]
    return bool((lead > 2 * FLOAT_PARITY * max(1.0, float(np.abs(flat).max()))).all())
