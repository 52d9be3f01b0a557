from __future__ import annotations

import pytest

from harness.codegen import compile_model
from tests.codegen.lower.s16_operators import check_refused, fully_connected


def test_interface_tells_the_scale_of_int16() -> None:
    model = compile_model(fully_connected(), "m")
    assert (model.input.dtype, model.input.bytes, model.input.zero_point) == ("int16", 8, 0)
    assert model.input.scale == pytest.approx(1e-4)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (fully_connected(bias=("int32", [1, 2])), "bias of int32"),
        (fully_connected(bias=("int64", [1 << 47, 2])), "exceed 48 bits"),
        (fully_connected(zero=3), "int16 with a zero point"),
        (fully_connected(out_scale=1e-8), "a rescaling factor"),
    ],
)
def test_int16_layers_without_a_kernel_are_refused(data: bytes, reason: str) -> None:
    check_refused(data, reason)
