from __future__ import annotations

import pytest

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
