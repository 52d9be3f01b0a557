from __future__ import annotations

import pytest

from tests.codegen.lower.s16_operators import check_refused, unary


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (unary("ADD", (0.5, 0.25), PotScaleInt16=True), "powers of two"),
        (unary("ADD", (0.3, 0.000001)), "an output scale too small"),
    ],
)
def test_int16_scales_without_a_kernel_are_refused(data: bytes, reason: str) -> None:
    check_refused(data, reason)
