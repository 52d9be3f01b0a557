"""A run as the report needs it: read once, device outputs turned into arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from harness.measure.metric import METRICS, Metric
from harness.measure.score import answers
from harness.measure.streams import INDEPENDENT, Stream
from harness.results.engines import model_name
from harness.store import Artifact, CellRecord, RunRecord, SampleTable, Store
from harness.store.records import Tensor

ORIGINAL_METHODS = ("none", "original")
MODEL_FILE = "file"  # `harness bench`
STREAM = "stream"  # in the provenance, where samples are sequences
SEEN = "fraction of test samples in training"  # in the provenance, where there are any


@dataclass(frozen=True)
class CellData:
    """A cell with its model file and samples.

    `outputs` (n, ...) in the output's own dtype and the answers `said` by them only where the cell
    ended well and has samples: figures of a cell that stopped half-way are not comparable with the
    others'. `remark` says why outputs of a cell that ended well cannot be used.
    """

    record: CellRecord
    artifact: Artifact | None
    samples: SampleTable
    outputs: np.ndarray | None
    said: np.ndarray | None
    remark: str = ""
    stream: Stream = INDEPENDENT

    @property
    def answered(self) -> np.ndarray:
        """The test samples (m,) that `said` answers; of a stream all of a sample's frames."""
        return self.stream.samples(self.samples.index)

    @property
    def original(self) -> bool:
        """True of the unpruned variant, with which the others are compared."""
        if self.artifact is None:
            return self.record.key.variant in ORIGINAL_METHODS
        return self.artifact.method in ORIGINAL_METHODS

    @property
    def name(self) -> str:
        """Variant and dtype, and the engine where it is not the usual one."""
        return model_name(self.record.key)


@dataclass(frozen=True)
class RunData:
    """The run, its model files and its cells in the order they were created."""

    run: RunRecord
    artifacts: list[Artifact]
    cells: list[CellData]

    @property
    def labelled(self) -> bool:
        """True where the run has labels to score answers by."""
        known = self.run.classes > 1 or self.run.task != "classification"
        return known and self.run.labels.size > 0

    @property
    def stream(self) -> Stream:
        """Frames of the samples, and how their outputs are scored."""
        return stream_of(self.run)

    @property
    def seen(self) -> float:
        """Fraction of the test samples that models were trained on."""
        return float(self.run.provenance.get(SEEN, 0.0))

    @property
    def pruned(self) -> list[str]:
        """Names of the variants that the harness pruned; of a model file it cannot tell."""
        unpruned = (*ORIGINAL_METHODS, MODEL_FILE)
        names = [item.variant for item in self.artifacts if item.method not in unpruned]
        return list(dict.fromkeys(names))

    @property
    def metric(self) -> Metric:
        """The metric of the run's task."""
        return METRICS[self.run.task]

    def targets(self) -> list[str]:
        """Names of the targets in the order of the cells."""
        return list(dict.fromkeys(cell.record.key.target for cell in self.cells))

    def original_of(self, cell: CellData) -> CellData | None:
        """The unpruned variant of the same dtype, engine and target."""
        key = cell.record.key
        same = (
            other
            for other in self.cells
            if other.original
            and (other.record.key.dtype, other.record.key.engine, other.record.key.target)
            == (key.dtype, key.engine, key.target)
        )
        return next(same, None)


def load_run(store: Store, run_id: int) -> RunData:
    """Read a run. Raises StoreError where there is none of that number."""
    run = store.run(run_id)
    artifacts = store.artifacts(run_id)
    by_name = {(artifact.variant, artifact.dtype): artifact for artifact in artifacts}
    cells = [
        _cell(
            run,
            record,
            by_name.get((record.key.variant, record.key.dtype)),
            store.samples(record.id),
        )
        for record in store.cells(run_id)
    ]
    return RunData(run, artifacts, cells)


def answers_of(
    run: RunRecord, artifact: Artifact, outputs: np.ndarray, index: np.ndarray
) -> np.ndarray:
    """Return the answers in raw outputs (n, ...) of the inferences at `index` (n,).

    A stream has one answer for all frames of a sample.
    """
    scored = artifact.scored_of(outputs)
    outputs, index = stream_of(run).pooled(scored), stream_of(run).samples(index)
    if run.task == "classification" and artifact.threshold is None:
        return answers(run.task, outputs, None)
    samples = None if run.samples is None else run.samples[index]
    return answers(run.task, real_values(outputs, artifact.output), samples, artifact.threshold)


def stream_of(run: RunRecord) -> Stream:
    """Return the frames of a run's samples."""
    return Stream.of_record(run.provenance.get(STREAM))


def real_values(raw: np.ndarray, tensor: Tensor) -> np.ndarray:
    """scale * (raw - zero point) of a quantised tensor, float32 values as they are."""
    if tensor.scale is None or tensor.zero_point is None:
        return raw
    found: np.ndarray = (raw.astype(np.float64) - tensor.zero_point) * tensor.scale
    return found


def _cell(
    run: RunRecord, record: CellRecord, artifact: Artifact | None, samples: SampleTable
) -> CellData:
    if record.status != "ok" or artifact is None or not samples.outputs:
        return CellData(record, artifact, samples, None, None)
    wanted = artifact.reference_outputs[0].nbytes if len(artifact.reference_outputs) else 0
    if any(len(output) != wanted for output in samples.outputs):
        remark = f"device outputs are not all {wanted} bytes long as the model's are"
        return CellData(record, artifact, samples, None, None, remark)
    outputs = np.frombuffer(b"".join(samples.outputs), dtype=artifact.reference_outputs.dtype)
    outputs = outputs.reshape(len(samples.outputs), *artifact.reference_outputs.shape[1:])
    said = answers_of(run, artifact, outputs, samples.index)
    return CellData(record, artifact, samples, outputs, said, stream=stream_of(run))
