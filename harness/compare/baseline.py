"""A run's figures as a small text file for git: what later runs are compared with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from harness.compare.packed import unpack
from harness.durable import write_file
from harness.errors import InputError
from harness.measure.board_runs import log_mean

FORMAT: Literal["tinyml-harness baseline"] = "tinyml-harness baseline"
VERSION: Literal[3] = 3
LARGEST = 256 << 20  # bytes of a file
MOST_SAMPLES = 10_000_000  # of a cell
# Version 2 has no authority; 1 has no counts of single samples, and of boards all times of one run.
READ = (1, 2, 3)
PLACE = "name another file, baseline.json: --accept replaces nothing but a baseline"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class RunTime(_Part):
    """One run's times of a cell on a board: the mean of their natural logarithms.

    `started` tells runs apart; `log_time` of times in the cell's latency unit.
    """

    started: str
    log_time: float
    samples: int


class CellFigures(_Part):
    """Figures of one cell; None where it was not measured.

    Sizes in bytes, `latency_*` in `latency_unit`. `right`: for each test sample in order whether
    the device named its class, as hexadecimal bits (numpy.packbits); `score`: R² or AUC of other
    tasks. `counts`: of exact counters each sample's count (packed.py). Of boards `runs` of the same
    image, oldest first, and `tick`, the step of the clock in the latency unit; version 1 has
    `times`, all warm samples of one run, instead. `layers`: counts by layer, "index kind", where
    the run measured them; `layer_errors`: what layers' outputs differ from the `authority`'s (name
    and version), in LSB or absolute, where they differ; `tolerance_lsb` is its own rounding.
    `tools`: versions of the target's compiler and simulator by name.
    """

    status: str
    reason: str = ""
    sha256: str = ""
    timing_kind: str | None = None
    latency_unit: str | None = None
    latency_median: float | None = None
    latency_max: float | None = None
    flash_bytes: int | None = None
    ram_bytes: int | None = None
    arena_bytes: int | None = None
    stack_bytes: int | None = None
    parity_max_lsb: int | None = None
    parity_max_abs: float | None = None
    authority: str = ""
    tolerance_lsb: int = 0
    samples: int = Field(default=0, ge=0, le=MOST_SAMPLES)
    right: str | None = Field(default=None, pattern=r"^([0-9a-f]{2})*$")
    score: float | None = Field(default=None, allow_inf_nan=True)  # NaN: not measured any more
    counts: tuple[str, ...] | None = None
    times: tuple[float, ...] | None = None
    runs: tuple[RunTime, ...] = ()
    tick: float | None = None
    layers: dict[str, float] = {}
    layer_errors: dict[str, float] = {}
    tools: dict[str, str] = {}

    @model_validator(mode="after")
    def _check_counts(self) -> Self:
        self.sample_counts()
        return self

    def sample_counts(self) -> np.ndarray | None:
        """Exact counts (samples,), NaN of a cold call; None where they are not kept."""
        return None if self.counts is None else unpack(self.counts, self.samples)

    def board_runs(self) -> tuple[RunTime, ...]:
        """The runs of a board, oldest first; one of a file of version 1."""
        if self.runs or not self.times:
            return self.runs
        return (
            RunTime(started="", log_time=log_mean(np.array(self.times)), samples=len(self.times)),
        )

    def right_samples(self) -> np.ndarray | None:
        """Booleans (samples,), or None where there are no labels."""
        if self.right is None:
            return None
        bits = np.unpackbits(np.frombuffer(bytes.fromhex(self.right), dtype=np.uint8))
        return bits[: self.samples].astype(bool)


class Baseline(_Part):
    """A run: cells by "variant/dtype/engine/target". `labels` is a digest of the test labels."""

    format: Literal["tinyml-harness baseline"] = FORMAT
    version: Literal[1, 2, 3] = VERSION
    plan: str
    commit: str = ""
    labels: str = ""
    cells: dict[str, CellFigures]


def read(path: Path) -> Baseline:
    """Read a baseline. Raises InputError for a file that is missing, cut off or something else."""
    hint = "harness compare BASELINE RUN --accept writes one"
    try:
        if path.stat().st_size > LARGEST:
            raise ValueError(f"it has more than {LARGEST:,} B")
        content: Any = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        reason = f"cannot read the baseline: {error.strerror}"
        raise InputError(reason, where=str(path), hint=hint) from error
    except (ValueError, RecursionError) as error:
        reason = f"this is no baseline: {error}"
        raise InputError(reason, where=str(path), hint=hint) from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise InputError("this JSON file is no baseline", where=str(path), hint=hint)
    if content.get("version") not in READ:
        raise InputError(
            f"the baseline has version {content.get('version')}, this harness reads "
            f"{', '.join(map(str, READ))}",
            where=str(path),
            hint="accept the current run anew: --accept",
        )
    try:
        return Baseline.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise InputError(
            f"the baseline is damaged at {key}: {first['msg']}", where=str(path), hint=hint
        ) from error


def write(path: Path, baseline: Baseline) -> None:
    """Write the file whole or not at all, a figure a line, so that a diff shows what changed.

    Raises InputError, also where the file that it would replace is something else.
    """
    _check_place(path)
    text = json.dumps(baseline.model_dump(mode="json", exclude_defaults=True), indent=1)
    head = {"format": FORMAT, "version": VERSION}
    content = json.dumps(head | json.loads(text), indent=1, sort_keys=False) + "\n"
    try:
        write_file(path, content)
    except OSError as error:
        raise InputError(
            f"cannot write the baseline: {error.strerror}", where=str(path), hint="another path"
        ) from error


def _check_place(path: Path) -> None:
    if path.suffix == ".sqlite":
        raise InputError("a results store ends so, no baseline", where=str(path), hint=PLACE)
    try:
        kept = path.read_bytes() if path.is_file() else b""
    except OSError as error:
        reason = f"cannot read what is there: {error.strerror}"
        raise InputError(reason, where=str(path), hint=PLACE) from error
    if kept and FORMAT.encode() not in kept:
        raise InputError("the file that is there is no baseline", where=str(path), hint=PLACE)
