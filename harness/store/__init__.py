"""Record of every run: an append-only SQLite file."""

from harness.store.facts import CellFacts, CurrentFacts, EnergyFacts, LayerFacts
from harness.store.records import (
    Answer,
    Artifact,
    CellKey,
    CellRecord,
    RunRecord,
    SampleRow,
    SampleTable,
    Tensor,
    TensorInfo,
)
from harness.store.schema import APPLICATION_ID, SCHEMA_VERSION
from harness.store.stage import Stage, Status
from harness.store.store import Store

__all__ = [
    "APPLICATION_ID",
    "SCHEMA_VERSION",
    "Answer",
    "Artifact",
    "CellFacts",
    "CellKey",
    "CellRecord",
    "CurrentFacts",
    "EnergyFacts",
    "LayerFacts",
    "RunRecord",
    "SampleRow",
    "SampleTable",
    "Stage",
    "Status",
    "Store",
    "Tensor",
    "TensorInfo",
]
