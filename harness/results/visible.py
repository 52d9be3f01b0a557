"""Control characters written out; without pandas, for the command line's start."""

from __future__ import annotations

import re

# Control characters but tab and line feed, and those that turn the direction of text.
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def visible(text: str) -> str:
    """Return the text with control characters written out, so that a terminal obeys none."""
    return CONTROL.sub(lambda match: match[0].encode("unicode_escape").decode(), text)
