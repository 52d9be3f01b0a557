from __future__ import annotations

import pytest

from tests.codegen.lower.s16_operators import check_refused, unary


@pytest.mark.parametrize(
    ("scales", "reason"),
    [
        ((1e-4, 1e-4), "an output scale other than 1/32768"),
        ((100.0, 1 / 32768), "an input scale out of range"),
    ],
)
def test_int16_scales_without_a_kernel_are_refused(
    scales: tuple[float, float], reason: str
) -> None:
    check_refused(unary("SOFTMAX", scales, Beta=1.0), reason)
