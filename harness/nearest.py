"""The valid name that was probably meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(name: str, valid: Iterable[str]) -> str:
    """` (did you mean 'x'?)`, or nothing where no valid name is alike."""
    alike = get_close_matches(name, list(valid), n=1, cutoff=0.4)
    return f" (did you mean '{alike[0]}'?)" if alike else ""
