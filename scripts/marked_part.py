"""The part of a page that a program writes, between two marks (comments)."""

from __future__ import annotations


def with_part(page: str, marks: tuple[str, str], text: str) -> str:
    """The page's text with `text` between its marks, each on a line of its own."""
    before, _, rest = page.partition(marks[0])
    after = rest.partition(marks[1])[2]
    return f"{before}{marks[0]}\n{text}\n{marks[1]}{after}"
