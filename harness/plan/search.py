"""`[search]` of a plan: the budget of `harness search`."""

from __future__ import annotations

import math
import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from harness.plan.limits import Bytes, Share
from harness.plan.part import Part

_MS = re.compile(r"(\d+(?:\.\d+)?) ?ms")


def _latency(value: Any) -> Any:
    """Return a latency: a count in the target's unit, or the text "N ms"."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(f"{value!r} is no latency: a count, or text such as '5 ms'")
    if isinstance(value, str) and not _MS.fullmatch(value):
        raise ValueError(f"{value!r} is no latency: write a number and ms, as in '5 ms'")
    if not isinstance(value, str) and not 0 < value < math.inf:
        raise ValueError(f"{value!r} is no latency: it has to be above 0, and finite")
    return value


Latency = Annotated[float | str, BeforeValidator(_latency)]


class SearchPart(Part):
    """The limits of the variant that is looked for; the first one unset is what is optimised.

    In this order: `max_accuracy_drop` below the original (a fraction), `max_latency` (instructions,
    cycles or µs, as the target counts, or "5 ms"), `max_flash` and `max_arena` (bytes). With none
    set the drop is 0.01. `trials`: shapes that are trained first; `starts` and `epochs` of the last
    ones. `dtype`: that is searched for, unset int8 where the plan has it.
    """

    max_accuracy_drop: Share | None = None
    max_latency: Latency | None = None
    max_flash: Bytes | None = None
    max_arena: Bytes | None = None
    trials: Annotated[int, Field(strict=True, ge=4, le=1000)] = 24
    minutes: Annotated[float, Field(strict=True, gt=0)] | None = None
    starts: Annotated[int, Field(strict=True, ge=1, le=64)] = 8
    epochs: Annotated[int, Field(strict=True, ge=5)] = 500
    dtype: str | None = None


def milliseconds(value: float | str) -> float | None:
    """Return the milliseconds of "N ms", None of a count."""
    found = _MS.fullmatch(value) if isinstance(value, str) else None
    return float(found[1]) if found else None
