"""Figures of one cell, each computed when a column first reads it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from harness.energy.estimate import basis, estimate_uj
from harness.measure.latency import LatencySummary, summarise
from harness.measure.metric import Metric
from harness.measure.noninferiority import ALPHA
from harness.measure.parity import Parity, compare_outputs
from harness.measure.score import Score, score
from harness.measure.seeds import Spread, spread
from harness.measure.threshold import YesFigures, yes_figures
from harness.results.comparison import Pooled, pool
from harness.results.data import CellData, RunData, answers_of, real_values
from harness.store import Artifact, CellRecord

NO_LATENCY = summarise(np.empty(0), np.empty(0))


@dataclass(frozen=True)
class Energy:
    """Energy of one inference, measured by a probe or estimated from a datasheet's current.

    Interval, deviation, idle power and windows are of measured energy only. `reason` says why a
    configured probe did not measure.
    """

    uj: float | None = None
    kind: str | None = None
    how: str | None = None
    low_uj: float | None = None
    high_uj: float | None = None
    sd_uj: float | None = None
    above_idle_uj: float | None = None
    idle_mw: float | None = None
    windows: int | None = None
    invocations: int | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Distance:
    """The device's outputs against those of one authority; `reason` where it gave none."""

    authority: str
    version: str
    parity: Parity | None
    reason: str = ""


@dataclass(frozen=True)
class CellFigures:
    """A cell of a run with what columns read from it.

    `baseline` is the original that all models of the target are compared with, None without one.
    Latency, score, parity and energy are known of cells that ended well only.
    """

    data: RunData
    cell: CellData
    baseline: CellData | None

    @property
    def record(self) -> CellRecord:
        """The cell as stored."""
        return self.cell.record

    @property
    def artifact(self) -> Artifact | None:
        """Its model file, None where none was stored."""
        return self.cell.artifact

    @property
    def metric(self) -> Metric:
        """The metric of the run's task."""
        return self.data.metric

    @property
    def has_classes(self) -> bool:
        """True where outputs name a class."""
        return self.data.run.task == "classification"

    @property
    def ended_well(self) -> bool:
        """True where all samples were measured."""
        return self.record.status == "ok"

    @property
    def samples(self) -> int | None:
        """Measured samples, None where there are none."""
        return len(self.cell.samples.index) or None

    @property
    def reason(self) -> str:
        """The reason of a cell that was refused, failed, not finished or not scored; else ""."""
        if self.record.reason or self.cell.remark:
            return self.record.reason or self.cell.remark
        if self.record.status != "pending":
            return ""
        return f"not finished: the run stopped after {self.samples or 0} samples of this cell"

    def fact(self, name: str) -> Any:
        """A stored fact of the cell, None where it is not known."""
        return getattr(self.record.facts, name)

    @property
    def kept_epoch(self) -> int | None:
        """The epoch whose weights the model file has, from 1, over all its trainings."""
        kept = self.artifact.kept_epochs if self.artifact else []
        return kept[-1] if kept else None

    @cached_property
    def seeds(self) -> Spread | None:
        """Spread of the Keras models' score over seeds."""
        scores = self.artifact.seed_scores if self.artifact else {}
        return spread(list(scores.values())) if scores else None

    @property
    def keras_score(self) -> float | None:
        """Score of the Keras model that the file was converted from."""
        return self.artifact.keras_score if self.artifact else None

    @cached_property
    def reference_score(self) -> float | None:
        """Score of TensorFlow Lite's outputs, None without a label for each."""
        run, artifact = self.data.run, self.artifact
        if artifact is None or not self.data.labelled:
            return None
        outputs = artifact.reference_outputs
        if len(outputs) != len(run.labels) * self.data.stream.frames:
            return None
        said = answers_of(run, artifact, outputs, np.arange(len(outputs)))
        return score(run.task, said, run.labels).value

    @cached_property
    def latency(self) -> LatencySummary:
        """Over the warm calls, in the cell's latency unit; NaN where nothing was measured."""
        if not self.ended_well:
            return NO_LATENCY
        samples = self.cell.samples
        return summarise(samples.counts, samples.calls, cold=self.record.facts.latency_cold)

    @cached_property
    def original(self) -> CellData | None:
        """The cell of the unpruned variant of the same dtype, engine and target."""
        return self.data.original_of(self.cell)

    @cached_property
    def speedup(self) -> float | None:
        """Median latency of the original divided by this cell's."""
        if self.original is None or self.original.record.status != "ok":
            return None
        samples = self.original.samples
        before = summarise(samples.counts, samples.calls).median
        return before / self.latency.median if self.latency.median > 0 else None

    @cached_property
    def score(self) -> Score | None:
        """The device's outputs against the labels."""
        if not (self.ended_well and self.data.labelled):
            return None
        return _score(self.data, self.cell)

    @cached_property
    def score_change(self) -> float | None:
        """Score less the baseline's."""
        if self.score is None or self.baseline is None:
            return None
        if self.baseline is self.cell:
            return 0.0
        before = _score(self.data, self.baseline)
        return None if before is None else self.score.value - before.value

    @cached_property
    def comparison(self) -> Pooled | None:
        """Its answers beside the baseline's; None of the baseline itself."""
        if self.score is None or self.baseline is None or self.baseline is self.cell:
            return None
        return pool(self.data, self.cell, self.baseline)

    @cached_property
    def score_p(self) -> float | None:
        """p of the task's paired test against the baseline on the test samples of both."""
        return None if self.comparison is None else self.comparison.tested.p

    @cached_property
    def largest_drop(self) -> float | None:
        """The drop from the baseline that is not excluded, one-sided, this model alone judged."""
        return None if self.comparison is None else self.comparison.change.limit(ALPHA)

    @cached_property
    def parity(self) -> Parity | None:
        """The device's outputs against those of the model's authority."""
        artifact = self.artifact
        return None if artifact is None else self._against(artifact.reference_outputs)

    @cached_property
    def distances(self) -> dict[str, Distance]:
        """The device's outputs against each authority's, by its name, the model's own first."""
        artifact = self.artifact
        if artifact is None or not artifact.authority:
            return {}
        own = Distance(artifact.authority, artifact.authority_version, self.parity)
        others = (
            Distance(each.authority, each.version, self._against(each.outputs), each.reason)
            for each in artifact.answers
        )
        return {each.authority: each for each in (own, *others)}

    def _against(self, reference: np.ndarray | None) -> Parity | None:
        cell = self.cell
        if not self.ended_well or cell.outputs is None or reference is None:
            return None
        return compare_outputs(cell.outputs, reference[cell.samples.index])

    @property
    def same_class(self) -> float | None:
        """Share of samples for which device and authority name the same class."""
        run, artifact, said = self.data.run, self.artifact, self.cell.said
        if self.parity is None or artifact is None or not self.has_classes:
            return None
        if artifact.threshold is None or said is None:
            return self.parity.argmax
        index = self.cell.samples.index
        reference = answers_of(run, artifact, artifact.reference_outputs[index], index)
        return float((said == reference).mean())

    @cached_property
    def yes(self) -> YesFigures | None:
        """Figures of answers by a threshold, None of other models."""
        artifact, cell = self.artifact, self.cell
        if self.score is None or artifact is None or artifact.threshold is None:
            return None
        if cell.outputs is None or cell.said is None:
            return None
        real = real_values(cell.stream.pooled(cell.outputs), artifact.output)
        return yes_figures(cell.said, real, self.data.run.labels[cell.answered])

    @cached_property
    def energy(self) -> Energy:
        """Measured where a probe did, else estimated where a datasheet tells the current."""
        if not self.ended_well:
            return Energy()
        found, facts = self.record.facts.energy, self.record.facts
        if found is not None:
            return Energy(
                uj=found.uj,
                kind="measured",
                how=f"measured ({found.probe}, {found.windows} windows)",
                low_uj=found.low_uj,
                high_uj=found.high_uj,
                sd_uj=found.sd_uj,
                above_idle_uj=found.above_idle_uj,
                idle_mw=found.idle_mw,
                windows=found.windows,
                invocations=found.invocations,
            )
        uj = estimate_uj(facts, self.latency.median)
        if facts.current is None or uj is None or np.isnan(uj):
            return Energy(reason=facts.energy_reason)
        return Energy(uj, "estimate", basis(facts.current), reason=facts.energy_reason)


def _score(data: RunData, cell: CellData) -> Score | None:
    if cell.said is None:
        return None
    return score(data.run.task, cell.said, data.run.labels[cell.answered])
