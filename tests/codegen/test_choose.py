from __future__ import annotations

import pytest

from harness.codegen import compile_model
from harness.errors import ModelError
from tests.codegen.lower.s16_operators import check_refused, unary


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (unary("RELU_N1_TO_1", (0.3, 0.3)), "no kernel from int16 to int16"),
        (unary("QUANTIZE", (0.3, 0.3), "int32"), "int32"),
    ],
)
def test_types_without_a_kernel_are_refused(data: bytes, reason: str) -> None:
    check_refused(data, reason)


@pytest.mark.parametrize(
    ("kind", "hint"),
    [
        ("ATAN2", "supported are ABS, ADD, ARG_MAX, "),
        ("TANH", "supported are TANH (int8, float32); see docs/operators.md"),
    ],
)
def test_the_hint_tells_what_is_supported_instead(kind: str, hint: str) -> None:
    with pytest.raises(ModelError) as refused:
        compile_model(unary(kind, (0.3, 0.3)), "m")
    assert refused.value.hint.startswith(hint)
