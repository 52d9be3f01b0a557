"""A shape: units that layers keep, and shares of zeros."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Shape:
    """Units kept and share of zeros by layer, sorted by the layers' order in the model."""

    keep: tuple[tuple[str, int], ...] = ()
    zeros: tuple[tuple[str, float], ...] = ()

    @property
    def text(self) -> str:
        """The shape in words: "conv 4 (50 % zeros), hidden 32"."""
        zeros = dict(self.zeros)
        names = dict.fromkeys([*(name for name, _ in self.keep), *zeros])
        keep = dict(self.keep)
        parts = []
        for name in names:
            share = f" ({100 * zeros[name]:.0f} % zeros)" if zeros.get(name) else ""
            parts.append(f"{name} {keep.get(name, 'whole')}{share}")
        return ", ".join(parts)

    @property
    def name(self) -> str:
        """A variant's name: "slim_4z50_32"."""
        zeros = dict(self.zeros)
        keep = dict(self.keep)
        names = dict.fromkeys([*keep, *zeros])
        parts = [
            f"{keep.get(name, 'w')}" + (f"z{100 * zeros[name]:.0f}" if zeros.get(name) else "")
            for name in names
        ]
        return "_".join(["slim", *parts])[:41]

    def asked(self, starts: int) -> dict[str, Any]:
        """Return what a worker trains."""
        zeros = {name: share for name, share in self.zeros if share > 0}
        return {"keep": dict(self.keep), "zeros": zeros, "starts": starts}
