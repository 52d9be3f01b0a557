"""Models of several inputs and outputs against the reference, every output."""

from __future__ import annotations

from pathlib import Path

from tests.engine.agreement import check_agreement, random_inputs
from tests.engine.interface_models import MODELS


def test_every_output_agrees(engine_objects: list[Path], tmp_path: Path) -> None:
    files = {name: make() for name, make in MODELS.items()}
    models = [(name, data, random_inputs(data, 4, 5)) for name, data in files.items()]
    check_agreement(models, engine_objects, tmp_path)
