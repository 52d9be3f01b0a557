"""A run that is resumed goes on with the model files and the samples of its begin."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from harness.errors import StoreError
from harness.store import Artifact, Store


def check_same(
    store: Store, run_id: int, artifacts: Sequence[Artifact], labels: np.ndarray
) -> None:
    """Raise StoreError where a run that is resumed has figures of other files or samples."""
    kept = {(item.variant, item.dtype): item for item in store.artifacts(run_id)}
    now = {(item.variant, item.dtype): item for item in artifacts}
    if not kept.keys() <= now.keys() or any(
        item.sha256 != now[name].sha256 for name, item in kept.items()
    ):
        raise StoreError(
            "the variants were trained again since: this run has figures of other files",
            hint="start a new run: harness run without --resume",
        )
    if not np.array_equal(store.run(run_id).labels, labels) or not all(
        np.array_equal(item.reference_outputs, now[name].reference_outputs, equal_nan=True)
        for name, item in kept.items()
    ):
        raise StoreError(
            "the run was begun on other test samples",
            hint="start a new run: harness run without --resume",
        )
