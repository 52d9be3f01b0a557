from __future__ import annotations

from harness.codegen import compile_model
from harness.execution import _ends_layer, _layers
from tests.engine.hybrid_models import KINDS, hybrid_model


def test_each_layer_that_is_measured_has_a_stage() -> None:
    for kind in KINDS:
        model = compile_model(hybrid_model(kind, 1), "m")
        measured = [layer["kernel"] for layer in _layers(model) if _ends_layer(layer)]
        assert measured == [stage.op.kernel for stage in model.layered()[1]]
        assert "engine_quantize_rows_f32" in [layer["kernel"] for layer in _layers(model)]
