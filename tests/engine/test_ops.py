"""Operators one by one against the reference kernels, with random shapes and parameters."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.engine.agreement import check_agreement, random_inputs
from tests.engine.op_models import CASES, op_model

MOST = 120  # models of a build: twice as many in it are below an image's 255


def batched(items: list[Any], size: int) -> Iterator[list[Any]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


@settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32 - 1))
def test_every_operator_agrees(
    seed: int, engine_objects: list[Path], tmp_path_factory: pytest.TempPathFactory
) -> None:
    models = []
    for kind, dtype in CASES:
        data = op_model(kind, dtype, seed)
        models.append((f"{kind} {dtype} {seed}", data, random_inputs(data, 2, seed)))
    for some in batched(models, MOST):
        folder = Path(mkdtemp(dir=tmp_path_factory.getbasetemp()))
        check_agreement(some, engine_objects, folder)
