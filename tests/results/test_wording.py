import math

import pandas as pd
import pytest

from harness.results import wording as text


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0.0, "0"), (68901.0, "68,901"), (68901.05, "68,901"), (1234.5, "1,234.5"),
        (11.7049, "11.70"), (0.0204, "0.020"), (None, "–"), (math.nan, "–"), (pd.NA, "–"),  # noqa: RUF001
    ],
)  # fmt: skip
def test_latencies(value: object, written: str) -> None:
    assert text.count(value) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0.008, "+0.8"),
        (-0.0123, "−1.2"),  # noqa: RUF001
        (0.0, "±0.0"),
        (None, "–"),  # noqa: RUF001
        (-4 / 10_000, "−0.04"),  # noqa: RUF001
        (1 / 60_000, "+0.002"),
        (-0.0, "±0.0"),
        (1e-9, "±0.0"),
    ],
)
def test_points(value: object, written: str) -> None:
    assert text.points(value) == written


@pytest.mark.parametrize(
    ("lsb", "absolute", "written"),
    [
        (0, None, "bit for bit on all 360 samples"), (3, None, "off by ≤ 3 LSB"),
        (None, 0.0, "bit for bit on all 360 samples"),
        (pd.NA, 5.96e-8, "off by ≤ 6.0e-08"), (None, math.inf, "off by ≤ inf"), (None, None, ""),
        (None, 8.94e-7, "off by ≤ 9.0e-07"), (None, 2e-6, "off by ≤ 2.0e-06"),
    ],
)  # fmt: skip
def test_differences_to_tflite(lsb: object, absolute: object, written: str) -> None:
    assert text.difference(lsb, absolute, 360) == written


def test_equality_is_told_with_the_number_of_samples() -> None:
    assert text.difference(0, None, 1) == "bit for bit on 1 sample"
    assert text.difference(0, None, 12_345) == "bit for bit on all 12,345 samples"


def test_margins_are_as_asked_and_bounds_are_rounded_up() -> None:
    assert [text.margin(x) for x in (0.01, 0.025, 0.1)] == ["1 point", "2.5 points", "10 points"]
    bounds = (0.0371, 0.02, 0.0101, 0.01, 0.00999, 0.4821, 1.0)
    assert [text.bound(x) for x in bounds] == [
        "3.8 points", "2 points", "1.1 points", "1 point", "1 point", "49 points", "100 points",
    ]  # fmt: skip


def test_other_figures() -> None:
    assert text.integer(1234567) == "1,234,567"
    assert text.integer(pd.NA) == "–"  # noqa: RUF001
    assert text.percent(0.98765) == "98.8"
    assert [text.percent(n / 5_000) for n in (4_900, 4_999, 5_000)] == ["98.0", "99.98", "100.0"]
    assert [text.percent(share, 0) for share in (0.996, 1 - 1e-9, 0.0)] == ["99.6", "100", "0"]
    assert text.factor(2.306) == "2.31×"  # noqa: RUF001
    assert [text.probability(p) for p in (1.0, 0.0312, 0.0009)] == ["1.000", "0.031", "<0.001"]
    assert text.unit("us") == "µs"
    assert text.unit("cycles") == "cycles"
    assert [text.plural(n, "cell") for n in (0, 1, 1200)] == ["0 cells", "1 cell", "1,200 cells"]


@pytest.mark.parametrize(
    ("names", "written"),
    [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (list("abc"), "a, b and c")],
)
def test_listing(names: list[str], written: str) -> None:
    assert text.listing(names) == written
