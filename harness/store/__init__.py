"""The one record of every run: an SQLite file that is only ever appended to."""

from harness.store.records import (
    Artifact,
    CellKey,
    CellRecord,
    RunRecord,
    SampleRow,
    SampleTable,
    Status,
    Tensor,
    TensorInfo,
)
from harness.store.schema import APPLICATION_ID, SCHEMA_VERSION
from harness.store.store import Store

__all__ = [
    "APPLICATION_ID",
    "SCHEMA_VERSION",
    "Artifact",
    "CellKey",
    "CellRecord",
    "RunRecord",
    "SampleRow",
    "SampleTable",
    "Status",
    "Store",
    "Tensor",
    "TensorInfo",
]
