"""Operators one by one against the reference kernels, with random shapes and parameters."""

from __future__ import annotations

from pathlib import Path
from tempfile import mkdtemp

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.engine.agreement import check_agreement, random_inputs
from tests.engine.op_models import CASES, op_model


@settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32 - 1))
def test_every_operator_agrees(
    seed: int, engine_objects: list[Path], tmp_path_factory: pytest.TempPathFactory
) -> None:
    models = []
    for kind, dtype in CASES:
        data = op_model(kind, dtype, seed)
        models.append((f"{kind} {dtype} {seed}", data, random_inputs(data, 2, seed)))
    folder = Path(mkdtemp(dir=tmp_path_factory.getbasetemp()))
    check_agreement(models, engine_objects, folder)
