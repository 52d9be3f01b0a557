"""The plan: which model, which variants, on which targets. TOML in, typed and checked."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ValidationError,
    model_validator,
)

from harness.codegen.prefer import BALANCED, Prefer
from harness.errors import PlanError
from harness.plan.energy import EnergyPart
from harness.plan.limits import Limits
from harness.plan.part import Part
from harness.plan.problems import crosscheck, explain
from harness.plan.retrain import share
from harness.plan.search import SearchPart
from harness.plan.sources import DataPart, ModelPart, resolve_files
from harness.pruning.method import NonNegative
from harness.pruning.registry import AnyMethod
from harness.pruning.retrained import Budget


def _sample_count(value: object) -> object:
    if value == "all" or (isinstance(value, int) and not isinstance(value, bool) and value > 0):
        return value
    raise ValueError(f"{value!r} is neither 'all' nor a whole number above 0")


def _plan_name(name: str) -> str:
    if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,60}", name):
        return name
    raise ValueError(f"{name!r} is no name: 1 to 61 letters, digits, '_' or '-', no space")


ENCODING = "utf-8-sig"  # Windows' editors put a mark in front
Engine = Literal["codegen", "tflm"]
ENGINES: tuple[str, ...] = get_args(Engine)
# How it is measured, and what follows from it.
_NOT_MEASURED = {"ports", "power", "energy", "gate", "tflm", "trust", "search"}
AuthorityName = Literal["litert-1.2", "litert-2.3", "tflm"]  # harness/workload/authority.py
Dtype = Literal["float32", "dynamic", "int8", "int8_pertensor", "int16x8"]


class MatrixPart(Part):
    """`[matrix]`: every variant in every dtype with every engine on every target is one cell.

    `prefer`: whether weights are stored dense or sparse by time first, flash first or balanced.
    """

    dtypes: tuple[Dtype, ...] = Field(min_length=1)
    engines: tuple[Engine, ...] = Field(default=("codegen",), min_length=1)
    targets: tuple[str, ...] = Field(min_length=1)
    prefer: Prefer = BALANCED


class MeasurePart(Part):
    """`[measure]`: `samples` of the test split to measure, `warmup` calls to throw away.

    Fewer than all samples are drawn with the plan's seed, and every class keeps its share.
    `layers`: also time each layer and compare its output, in a build of its own for each cell.
    `authority`: the runtime whose outputs parity is measured against, unset: chosen by the model's
    operators.
    """

    samples: Annotated[Literal["all"] | int, BeforeValidator(_sample_count)] = "all"
    warmup: NonNegative = 1
    layers: Annotated[bool, Field(strict=True)] = False
    authority: AuthorityName | None = None


class TflmPart(Part):
    """`[tflm]`: `library` is the folder of TensorFlow Lite Micro, as a PlatformIO library."""

    library: str | None = None


class PlanCell(Part):
    """One cell of the matrix, by names."""

    variant: str
    dtype: str
    engine: str
    target: str


class Plan(Part):
    """A whole plan.

    `seed` of weights, shuffling and pruning; `seeds` of them, counted up from it, train every
    variant. The devices get the first one's files. `trust`: foreign code that the plan names may
    run (trust.py).
    """

    name: Annotated[str, AfterValidator(_plan_name)]
    trust: Annotated[bool, Field(strict=True)] = False
    seed: int = Field(default=42, strict=True, ge=0, lt=2**32)
    seeds: int = Field(default=1, strict=True, ge=1, le=100)
    model: ModelPart
    data: DataPart = DataPart()
    variants: tuple[AnyMethod, ...] = Field(alias="variant", min_length=1)
    matrix: MatrixPart
    measure: MeasurePart = MeasurePart()
    tflm: TflmPart = TflmPart()
    gate: Limits = Limits()
    retrain: Budget = Budget()
    search: SearchPart = SearchPart()
    ports: dict[str, str] = Field(default={})
    power: dict[str, str] = Field(default={})
    energy: dict[str, EnergyPart] = Field(default={})

    @property
    def all_seeds(self) -> tuple[int, ...]:
        """`seed` and those after it, back at 0 after the greatest."""
        return tuple((self.seed + offset) % 2**32 for offset in range(self.seeds))

    @model_validator(mode="before")
    @classmethod
    def _share_budget(cls, data: Any) -> Any:
        return share(data) if isinstance(data, dict) else data

    def cells(self) -> list[PlanCell]:
        """The matrix in the order of the plan."""
        return [
            PlanCell(variant=variant.name, dtype=dtype, engine=engine, target=target)
            for variant in self.variants
            for dtype in self.matrix.dtypes
            for engine in self.matrix.engines
            for target in self.matrix.targets
        ]

    @cached_property
    def digest(self) -> str:
        """Identity of what is measured: wiring, limits and where a library lies may change before
        a run is resumed; another library's images are measured anew."""
        meaning = self.model_dump(mode="json", exclude=_NOT_MEASURED)
        return hashlib.sha256(json.dumps(meaning, sort_keys=True).encode()).hexdigest()

    def trusted_by(self, user: bool) -> Plan:
        """Return the plan with the user's consent, where given, beside the plan's own."""
        return self.model_copy(update={"trust": self.trust or user})

    def narrowed(self, targets: Sequence[str], ports: dict[str, str]) -> Plan:
        """The plan for `targets` only (all where empty), with ports added. Raises PlanError."""
        unknown = [name for name in targets if name not in self.matrix.targets]
        if unknown:
            raise PlanError(
                self.name,
                [f"matrix.targets: --target {name}: not a target of this plan" for name in unknown],
            )
        kept = tuple(name for name in self.matrix.targets if name in targets) if targets else None
        matrix = self.matrix.model_copy(update={"targets": kept}) if kept else self.matrix
        return self.model_copy(update={"matrix": matrix, "ports": self.ports | ports})


def load_plan(path: Path) -> Plan:
    """Read and check a plan. Raises PlanError with one line a mistake, each with its key."""
    try:
        text = path.read_text(encoding=ENCODING)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise PlanError(str(path), [f"cannot read the plan: {reason}"]) from error
    try:
        data = tomllib.loads(text)
    except ValueError as error:  # TOMLDecodeError, and numbers of thousands of digits
        raise PlanError(str(path), [f"this is not TOML: {error}"]) from error
    except RecursionError as error:
        raise PlanError(str(path), ["its lists or tables are nested too deeply"]) from error
    return parse_plan(resolve_files(data, path.parent), str(path))


def parse_plan(data: dict[str, Any], where: str) -> Plan:
    """Check a plan that is a dict already. Raises PlanError."""
    problems: list[str] = []
    plan: Plan | None = None
    try:
        plan = Plan.model_validate(data)
    except ValidationError as error:
        problems = explain(error, Plan)
    problems += crosscheck(data)
    if problems or plan is None:
        raise PlanError(where, problems)
    return plan
