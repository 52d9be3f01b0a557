"""A run without cells."""

from __future__ import annotations

from typing import Any

import numpy as np

from harness.store import Store


def begin(store: Store, **changes: Any) -> int:
    facts: dict[str, Any] = {
        "plan_name": "p", "plan_text": "", "plan_digest": "d", "provenance": {},
        "labels": np.arange(10), "classes": 10,
    }  # fmt: skip
    return store.begin_run(**facts | changes)
