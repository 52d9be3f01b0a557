"""The engine against ai-edge-litert's reference kernels: int8 bit for bit, float32 closely."""

from __future__ import annotations

from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from harness.codegen import compile_model
from harness.workload.reference import quantise_input
from tests.engine.agreement import check_agreement, random_inputs
from tests.engine.networks import Network, build, networks

DATA = Path(__file__).resolve().parents[1] / "data"
GOLDEN = sorted(path.stem for path in DATA.glob("*.tflite"))


@pytest.mark.parametrize("name", GOLDEN)
def test_golden_models_agree_on_digits_and_on_noise(
    name: str, engine_objects: list[Path], tmp_path: Path
) -> None:
    data = (DATA / f"{name}.tflite").read_bytes()
    source = compile_model(data, name).input
    with np.load(DATA / "digits_test.npz") as test:
        digits = test["x"][:30]
    if source.scale is not None and source.zero_point is not None:
        digits = quantise_input(digits, source.scale, source.zero_point, source.dtype)
    inputs = np.concatenate([random_inputs(data, 10, seed=7), digits])
    check_agreement([(name, data, inputs)], engine_objects, tmp_path)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(batch=st.lists(networks, min_size=20, max_size=28))
def test_random_networks_agree(
    batch: list[Network], engine_objects: list[Path], tmp_path_factory: pytest.TempPathFactory
) -> None:
    models = []
    for network in batch:
        data = build(network)
        models.append((repr(network), data, random_inputs(data, 3, seed=network.seed)))
    note(f"{len(batch)} networks")
    folder = Path(mkdtemp(dir=tmp_path_factory.getbasetemp()))
    check_agreement(models, engine_objects, folder)
