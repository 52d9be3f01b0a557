"""Figures as text: thousands separators, a sign for missing values, words for units."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import ROUND_CEILING, Context
from typing import Any

import pandas as pd

from harness.measure.seeds import Change

MISSING = "–"  # noqa: RUF001 an en dash is what tables print for "no value"
UNITS = {"us": "µs"}
TIMING = {
    "hardware": (
        "time on the board itself, from its own counter",
        "Wall time of the real chip: clock, caches and flash wait states included.",
    ),
    "cycle-accurate": (
        "cycles of a cycle-accurate simulator",
        "The simulator counts cycles as the datasheet does; the same in every run.",
    ),
    "cycle-model": (
        "cycles of a simulator's model of the core",
        "The simulator charges every instruction the cycles of the core's manual and leaves out "
        "the cache of the external flash, contention on the bus and the entry of interrupts: the "
        "figure is a lower bound for code that runs from flash. The same in every run.",
    ),
    "instructions": (
        "instructions counted by a simulator",
        "Instructions are not cycles: this simulator charges every instruction alike, whether it "
        "adds, divides or waits for flash. The count is the same in every run and good for "
        "comparing variants on one target; no milliseconds are derived from it.",
    ),
    "host-clock": (
        "wall clock of the computer that ran the harness",
        "A native build timed by this machine's clock, load and frequency scaling included: "
        "for orientation only. It says nothing about a microcontroller and never gates.",
    ),
}


def missing(value: Any) -> bool:
    """True for None, NA and NaN."""
    return value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value))


def unit(name: Any) -> str:
    """The latency unit as printed."""
    return "" if missing(name) else UNITS.get(name, str(name))


def integer(value: Any) -> str:
    """1234567 as 1,234,567."""
    return MISSING if missing(value) else f"{round(value):,}"


def count(value: Any) -> str:
    """A latency: whole numbers whole, others with four significant digits at least."""
    if missing(value):
        return MISSING
    number = float(value)
    if number.is_integer() or abs(number) >= 10_000:
        return f"{number:,.0f}"
    digits = 1 if abs(number) >= 100 else 2 if abs(number) >= 10 else 3
    return f"{number:,.{digits}f}"


def percent(value: Any, digits: int = 1) -> str:
    """A fraction as a percentage, without the sign: the column's head carries it.

    Less than all is not rounded to 100: 4,999 of 5,000 are 99.98.
    """
    if missing(value):
        return MISSING
    share = 100 * float(value)
    written = [f"{share:.{more}f}" for more in range(digits, 5)]
    return next((text for text in written if share >= 100 or float(text) < 100), written[0])


def points(value: Any) -> str:
    """A difference of two fractions in percentage points, with a true minus.

    Only no difference is rounded to none: -4 of 10,000 are −0.04.
    """  # noqa: RUF002
    if missing(value):
        return MISSING
    change = 100 * float(value)
    written = [f"{change:+.{digits}f}" for digits in range(1, 5)]
    text = next((text for text in written if float(text)), "±0.0")
    return text.replace("-", "−")  # noqa: RUF001


def with_interval(change: Change) -> str:
    """`−0.8 ± 0.6`: a mean change in points and half its 95 % interval."""  # noqa: RUF002
    half = "" if change.half is None else f" ± {points(change.half).lstrip('+±')}"
    return points(change.mean) + half


def margin(value: float) -> str:
    """A fraction in percentage points with its noun: 1 point, 2.5 points."""
    number = f"{100 * value:.4g}"
    return f"{number} point" if number == "1" else f"{number} points"


def bound(value: float) -> str:
    """A limit, a fraction above 0, in points: two digits, rounded up, for it has to hold."""
    digits = Context(prec=2, rounding=ROUND_CEILING)
    number = f"{digits.create_decimal(repr(100 * value)).normalize():f}"
    return f"{number} point" if number == "1" else f"{number} points"


def factor(value: Any) -> str:
    """A speed-up, two decimals."""
    return MISSING if missing(value) else f"{float(value):.2f}×"  # noqa: RUF001


def probability(value: Any) -> str:
    """A p value: three digits, or a bound."""
    if missing(value):
        return MISSING
    return "<0.001" if float(value) < 0.001 else f"{float(value):.3f}"


def difference(lsb: Any, absolute: Any, samples: Any) -> str:
    """Greatest difference from TFLite: steps of an integer output, or a float's own size.

    Equality names the number of `samples` compared: it says nothing of others.
    """
    if missing(lsb) and missing(absolute):
        return ""
    number = 0 if missing(samples) else int(samples)
    all_of = f"on all {plural(number, 'sample')}" if number != 1 else "on 1 sample"
    if not (missing(lsb) or missing(absolute)):  # of several outputs
        floats = difference(None, absolute, samples)
        return f"{difference(lsb, None, samples)}, floats {floats}"
    if not missing(lsb):
        return f"off by ≤ {int(lsb)} LSB" if lsb else f"bit for bit {all_of}"
    if not absolute:
        return f"bit for bit {all_of}"
    bound = Context(prec=2, rounding=ROUND_CEILING).create_decimal(repr(float(absolute)))
    return f"off by ≤ {float(bound):.1e}"  # rounded up: a bound has to hold


def listing(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def plural(number: int, noun: str) -> str:
    """1 cell, 2 cells."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def numbered(names: Sequence[str]) -> str:
    """Names with their places, from 0: "0 cat, 1 dog"."""
    return ", ".join(f"{place} {name}" for place, name in enumerate(names))
