"""What this project promises about its model, checked on the simulated boards."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


def test_the_model_keeps_its_promises(bench: Callable[..., Any]) -> None:
    """Accuracy, exactness and size on every target that pytest is given."""
    found = bench(HERE / "model.tflite", data=HERE / "samples.npz")
    assert found.accuracy >= 0.95
    assert found.max_lsb == 0, "the board says something else than TensorFlow Lite"
    assert found.flash_bytes < 12_000
    assert found.arena_bytes + (found.stack_bytes or 0) < 2_048
