"""float32 layers with int8 weights against TFLite's hybrid kernels."""

from __future__ import annotations

from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.codegen import compile_model
from tests.engine.agreement import check_agreement, random_inputs
from tests.engine.hybrid_models import KINDS, hybrid_model


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32 - 10))
def test_hybrid_layers_agree(
    seed: int, engine_objects: list[Path], tmp_path_factory: pytest.TempPathFactory
) -> None:
    models = []
    for place in range(8):
        for kind in KINDS:
            data = hybrid_model(kind, seed + place)
            inputs = random_inputs(data, 3, seed) * np.float32(10.0 ** (place - 4))
            inputs[1] = np.abs(inputs[1])  # the range is widened to hold 0
            inputs[2] *= place % 2  # nothing but zeros now and then
            models.append((f"{kind} {seed + place}", data, inputs))
    folder = Path(mkdtemp(dir=tmp_path_factory.getbasetemp()))
    check_agreement(models, engine_objects, folder)


def test_the_input_is_quantised_in_scratch_memory() -> None:
    call = compile_model(hybrid_model("CONV_2D", 1), "m").calls[0]
    graph = compile_model(hybrid_model("CONV_2D", 1), "m").graph
    assert call.kernel == "engine_conv_hybrid"
    assert call.scratch_bytes == graph.tensors[call.inputs[0]].elements
