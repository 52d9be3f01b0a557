"""A variant's `.tflite` file in one dtype, or the reason why it could not be converted."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from harness.errors import ConversionFailed

REASON = ".failed.json"


def write_model(path: Path, converted: Callable[[], bytes]) -> ConversionFailed | None:
    """Write what `converted` returns to `path`, or the reason where it raises ConversionFailed.

    Returns that error: other dtypes of the variant do not depend on this one.
    """
    try:
        path.write_bytes(converted())
    except ConversionFailed as error:
        content = {"what": error.what, "where": error.where, "hint": error.hint}
        path.with_suffix(REASON).write_text(json.dumps(content), encoding="utf-8")
        return error
    return None


def read_model_file(path: Path) -> bytes:
    """Return the file at `path`. Raises ConversionFailed where only the reason is there."""
    reason = path.with_suffix(REASON)
    if reason.exists():
        found = json.loads(reason.read_text(encoding="utf-8"))
        raise ConversionFailed(found["what"], where=found["where"], hint=found["hint"])
    return path.read_bytes()
