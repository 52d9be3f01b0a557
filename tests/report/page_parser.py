"""Pages as tests read them."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any


class Page(HTMLParser):
    """What the tests ask of a page: its tags, the text of its elements, tables and their parts."""

    VOID = frozenset({"meta", "br", "link", "img", "input", "hr"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.tables: list[dict[str, Any]] = []
        self.texts: list[str] = []
        self.unclosed: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.unclosed.append(tag)
        if tag == "table":
            self.tables.append({"th": 0, "caption": "", "rows": []})
        if tag == "th":
            self.tables[-1]["th"] += 1
        if tag == "tr":
            self.tables[-1]["rows"].append([])
        if tag in ("th", "td"):
            self.tables[-1]["rows"][-1].append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.unclosed.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)
        if "caption" in self.unclosed:
            self.tables[-1]["caption"] += data
        elif {"th", "td"} & set(self.unclosed):
            self.tables[-1]["rows"][-1][-1] += f"\n{data}" if self.unclosed[-1] == "small" else data

    def all(self, *names: str) -> Iterator[dict[str, str | None]]:
        return (attributes for tag, attributes in self.tags if tag in names)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())
