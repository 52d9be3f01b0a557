"""The memory map: what takes flash and RAM on a target, model by model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from harness.report.finding import HOST_CLOCK
from harness.results.engines import model_name
from harness.results.wording import MISSING, integer, missing, percent

FLASH = ("weights", "engine", "other")
RAM = ("arena", "stack", "other")
MOST_ROWS = 60


@dataclass(frozen=True)
class Part:
    """A piece of a bar: bytes, and its share of the longest bar of the table in percent."""

    name: str
    bytes: int
    share: float


@dataclass(frozen=True)
class Usage:
    """A kind of memory of one model: its parts, their sum and the percentage of the target's."""

    parts: tuple[Part, ...]
    total: str
    used: str

    def figure(self, name: str) -> str:
        """Bytes of one part as text; of one that is not known, a dash."""
        found = next((part.bytes for part in self.parts if part.name == name), None)
        return MISSING if found is None else integer(found)


@dataclass(frozen=True)
class MemoryMap:
    """A target's map; `rows`: model, flash, RAM. `left_out` counts rows that are not shown."""

    rows: tuple[tuple[str, Usage, Usage], ...]
    left_out: int


def memory_map(rows: pd.DataFrame, keep: frozenset[int]) -> MemoryMap:
    """The map of one target's measured cells; of many only those in `keep`, and the originals.

    Flash: `weights` are the constants of the generated code (of TFLM: the file), `engine` what else
    the model adds to the image (kernels and code that it needs), `other` the rest of the image
    (link, start-up).
    RAM: the planned `arena`, the painted `stack`, and `other` static RAM that the model adds.
    A build for this computer, with gigabytes of either, has no map.
    """
    known = rows[rows["flash_bytes"].notna() & (rows["timing_kind"] != HOST_CLOCK)]
    shown = known
    if len(known) > MOST_ROWS:
        wanted = known.index.isin(keep) | known["original"].fillna(False).astype(bool)
        shown = known[wanted].head(MOST_ROWS)
    models: list[Any] = list(shown.itertuples())
    flashes, rams = [_flash(row) for row in models], [_ram(row) for row in models]
    longest = [
        max((sum(sizes.values()) for sizes in parts), default=0) for parts in (flashes, rams)
    ]
    return MemoryMap(
        tuple(
            (
                model_name(row),
                _usage(flash, longest[0], row.flash_limit),
                _usage(ram, longest[1], row.ram_limit),
            )
            for row, flash, ram in zip(models, flashes, rams, strict=True)
        ),
        len(known) - len(shown),
    )


def _flash(row: Any) -> dict[str, int]:
    weights = 0 if missing(row.weights_bytes) else int(row.weights_bytes)
    weights = min(weights, int(row.flash_bytes))
    found = {"weights": weights, "engine": int(row.flash_bytes) - weights}
    if not missing(row.image_flash_bytes):
        found["other"] = max(0, int(row.image_flash_bytes) - int(row.flash_bytes))
    return found


def _ram(row: Any) -> dict[str, int]:
    found = {}
    if not missing(row.arena_bytes):
        found["arena"] = int(row.arena_bytes)
    if not missing(row.stack_bytes):
        found["stack"] = int(row.stack_bytes)
    if not missing(row.ram_bytes):
        found["other"] = max(0, int(row.ram_bytes) - found.get("arena", 0))
    return found


def _usage(parts: dict[str, int], longest: int, limit: Any) -> Usage:
    total = sum(parts.values())
    return Usage(
        tuple(
            Part(name, size, round(100 * size / longest, 2) if longest else 0)
            for name, size in parts.items()
        ),
        integer(total),
        "" if missing(limit) or not limit else percent(total / int(limit)),
    )
