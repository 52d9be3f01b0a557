"""The interface of formats: a function that adds files to the shared ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from harness.export.shipment import Shipment
from harness.export.text import Texts


@dataclass(frozen=True)
class Sources:
    """The library's C files by path, and the texts of its examples."""

    c_files: tuple[str, ...]
    texts: Texts

    def lines(self, indent: str) -> str:
        """Return the C files, one a line."""
        return "\n".join(f"{indent}{path}" for path in self.c_files)


Format = Callable[[Shipment, Sources], dict[str, str]]
