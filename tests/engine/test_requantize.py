"""Rescaling in C, by 64-bit and by 16-bit products, against exact integers."""

from __future__ import annotations

import ctypes

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from harness.codegen.fixed_point import doubling_high_mul, rounding_shift
from tests.engine.device import ENGINE, WARNINGS, run_tool

INT32_MIN, INT32_MAX = -(1 << 31), (1 << 31) - 1
SOURCE = """
#include "core/engine_requantize.h"
int32_t high_mul(int32_t a, int32_t b);
int32_t high_mul(int32_t a, int32_t b) { return engine_high_mul(a, b); }
int32_t requantize(int32_t x, int32_t multiplier, int shift);
int32_t requantize(int32_t x, int32_t multiplier, int shift)
{
    return engine_requantize(x, multiplier, shift);
}
"""
int32s = st.integers(INT32_MIN, INT32_MAX)
multipliers = st.one_of(st.just(0), st.integers(1 << 30, INT32_MAX))


@pytest.fixture(scope="module", params=["wide", "narrow"])
def library(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> ctypes.CDLL:
    folder = tmp_path_factory.mktemp("requantize")
    (folder / "rescale.c").write_text(SOURCE)
    flags = ["-DENGINE_NARROW_MULTIPLY=1"] if request.param == "narrow" else []
    target = folder / "rescale.so"
    command = ["gcc", *WARNINGS, *flags, "-O2", "-fwrapv", "-shared", "-fPIC", f"-I{ENGINE}"]
    run_tool([*command, folder / "rescale.c", "-o", target])
    return ctypes.CDLL(str(target))


exactly = settings(
    max_examples=500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@exactly
@given(a=int32s, b=int32s)
@example(a=INT32_MIN, b=INT32_MAX)
@example(a=INT32_MAX, b=INT32_MAX)
@example(a=-1, b=1 << 30)
@example(a=1, b=1 << 30)
@example(a=-65536, b=-65537)
def test_high_mul_is_exact(library: ctypes.CDLL, a: int, b: int) -> None:
    if a == b == INT32_MIN:
        return
    assert library.high_mul(a, b) == doubling_high_mul(a, b)


@exactly
@given(x=int32s, multiplier=multipliers, shift=st.integers(-31, 30))
@example(x=INT32_MIN, multiplier=INT32_MAX, shift=-31)
@example(x=-3, multiplier=1 << 30, shift=-1)
@example(x=3, multiplier=1 << 30, shift=-1)
def test_requantize_rounds_twice(library: ctypes.CDLL, x: int, multiplier: int, shift: int) -> None:
    shifted = ((x << max(shift, 0)) + (1 << 31)) % (1 << 32) - (1 << 31)
    expected = rounding_shift(doubling_high_mul(shifted, multiplier), max(-shift, 0))
    assert library.requantize(x, multiplier, shift) == expected


def test_halves_go_up_in_the_product_and_away_from_zero_in_the_shift(
    library: ctypes.CDLL,
) -> None:
    def half(x: int, shift: int) -> int:
        return int(library.requantize(x, 1 << 30, shift))

    assert [half(x, 0) for x in (-3, -1, 1, 3)] == [-1, 0, 1, 2]
    assert [half(x, -1) for x in (-6, -2, 2, 6)] == [-2, -1, 1, 2]
