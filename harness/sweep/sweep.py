"""Pruning methods over a range of sparsities: how far a model can be pruned, seed by seed."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from harness.errors import InputError
from harness.measure.knee import Curve, Knee, Point, knee
from harness.measure.metric import METRICS, Metric
from harness.nearest import nearest
from harness.plan.plan import Plan
from harness.project import Project
from harness.pruning.method import Method
from harness.pruning.original import Original
from harness.pruning.registry import METHODS
from harness.variants.build import build_variants
from harness.variants.built import Built, BuiltVariant
from harness.variants.extra import versions
from harness.variants.progress import Progress

DEFAULT_SPARSITY = "0:0.95:0.05"
DEFAULT_SEEDS = 5  # one training is one draw
ORIGINAL = "original"
MOST_POINTS = 200
DIGITS = 4


@dataclass(frozen=True)
class Sweep:
    """The curves of one sweep, and what they were trained on."""

    curves: tuple[Curve, ...]
    seeds: tuple[int, ...]
    dataset: str
    dataset_digest: str
    test_samples: int
    metric: Metric

    def knees(self, tolerance: float) -> list[str]:
        """A line a method."""
        return [
            _knee_text(curve, knee(curve.points, tolerance), self.metric) for curve in self.curves
        ]


def _knee_text(curve: Curve, found: Knee, metric: Metric) -> str:
    from harness.results.wording import percent, with_interval  # pandas

    best = found.point
    mean = f"{percent(best.score.mean)} % {metric.words}"
    if not best.asked:
        return f"{curve.method}: knee none, only the original, {mean}"
    edge = " or more, the edge of the range" if found.at_edge else ""
    change = with_interval(best.change(curve.original))
    asked = f"{100 * best.asked:g} % of {curve.meaning}{edge}"
    return f"{curve.method}: knee {asked}, {mean} ({change} points)"


def run_sweep(
    plan: Plan,
    methods: Sequence[str],
    sparsities: Sequence[float],
    *,
    cache_dir: Path,
    on_progress: Callable[[Progress], None],
) -> Sweep:
    """Train what the cache lacks; `plan` gives model, data, seeds and the methods' parameters.

    A method takes the parameters of the plan's first variant of it, otherwise its defaults. The
    point at 0 is the original, whether asked for or not. Raises InputError, TrainingError,
    DataError.
    """
    levels = sorted({level for level in sparsities if level > 0})
    swept = {name: _variants(plan, name, levels) for name in dict.fromkeys(methods)}
    original = Original(name=ORIGINAL, method="none")
    variants = (original, *chain.from_iterable(swept.values()))
    wide = plan.model_copy(update={"variants": variants})
    built = build_variants(wide, cache_dir=cache_dir, on_progress=on_progress, dtypes=())
    return Sweep(
        curves=tuple(_curve(name, some, levels, built) for name, some in swept.items()),
        seeds=plan.all_seeds,
        dataset=built.dataset,
        dataset_digest=built.dataset_digest,
        test_samples=len(built.test_y),
        metric=METRICS[built.task],
    )


def publish(sweep: Sweep, plan: Plan, tolerance: float, project: Project) -> Path:
    """Write the sweep's folder below the project's reports and return it. Raises StoreError."""
    from harness.sweep.page import SweepPage, write_sweep  # pandas and matplotlib

    page = SweepPage(
        title=plan.name,
        started=datetime.now(UTC),
        seeds=sweep.seeds,
        tolerance=tolerance,
        metric=sweep.metric,
        provenance=(
            ("model", plan.model.source),
            ("data set", f"{sweep.dataset}, {sweep.test_samples:,} test samples"),
            ("digest of the data", sweep.dataset_digest),
            ("seeds", ", ".join(str(seed) for seed in sweep.seeds)),
            ("command", " ".join([Path(sys.argv[0]).name, *sys.argv[1:]])),
            *versions().items(),
        ),
    )
    return write_sweep(sweep.curves, page, project.reports)


def parse_sparsities(texts: Sequence[str]) -> tuple[float, ...]:
    """`0:0.95:0.05` (first, last, step; the last included) or `0.5,0.8`. Raises InputError."""
    levels = [
        level for text in texts for part in text.split(",") for level in _levels(part.strip())
    ]
    if len(set(levels)) > MOST_POINTS:
        raise InputError(
            f"{len(set(levels)):,} sparsities are more than {MOST_POINTS}",
            where="--sparsity",
            hint="take a larger step",
        )
    return tuple(sorted(set(levels)))


def _levels(part: str) -> list[float]:
    numbers = [_number(text, part) for text in part.split(":")]
    if len(numbers) == 1:
        return [_fraction(numbers[0], part)]
    if len(numbers) != 3:
        raise _not_understood(part)
    first, last, step = _fraction(numbers[0], part), _fraction(numbers[1], part), numbers[2]
    if step <= 0 or last < first:
        raise InputError(
            f"'{part}' is empty: the step has to be above 0 and the last not below the first",
            where="--sparsity",
        )
    steps = math.floor((last - first) / step + 1e-9)
    if steps >= MOST_POINTS:
        raise InputError(
            f"'{part}' has more than {MOST_POINTS} sparsities",
            where="--sparsity",
            hint="take a larger step",
        )
    return [round(first + number * step, DIGITS) for number in range(steps + 1)]


def _number(text: str, part: str) -> float:
    if not re.fullmatch(r"-?\d*\.?\d+([eE]-?\d+)?|-?\d+\.", text.strip()):
        raise _not_understood(part)
    value = float(text)
    if math.isinf(value):
        raise _not_understood(part)
    return value


def _not_understood(part: str) -> InputError:
    return InputError(
        f"'{part}' is neither a sparsity nor first:last:step",
        where="--sparsity",
        hint=f"for example {DEFAULT_SPARSITY} or 0.5,0.8,0.9",
    )


def _fraction(value: float, part: str) -> float:
    if not 0 <= value < 1:
        raise InputError(
            f"{value:g} in '{part}' is out of range: a sparsity is at least 0 and below 1",
            where="--sparsity",
            hint="0.8 is 80 %",
        )
    return round(value, DIGITS)


def _variants(plan: Plan, name: str, levels: Sequence[float]) -> list[Method]:
    kind = _method(name)
    parameter = _parameter(kind, name)
    template = next((item for item in plan.variants if isinstance(item, kind)), None)
    given: dict[str, Any] = {"method": name}
    if template is not None:
        given |= template.model_dump(exclude_unset=True)
    try:
        return [
            kind.model_validate(given | {"name": f"{name}-{level:g}", parameter: level})
            for level in levels
        ]
    except ValidationError as error:
        reason = str(error.errors()[0]["msg"]).removeprefix("Value error, ")
        source = f"variant {template.name} of the plan" if template else "its defaults"
        raise InputError(
            f"a sparsity of the sweep does not go with the other parameters: {reason}",
            where=f"method {name}, {source}",
            hint="change the plan's variant, or sweep another range",
        ) from error


def _method(name: str) -> type[Method]:
    if name in METHODS:
        return METHODS[name]
    raise InputError(
        f"there is no method '{name}'{nearest(name, METHODS)}",
        where="--method",
        hint=f"methods with a sparsity: {', '.join(sweepable())}",
    )


def _parameter(kind: type[Method], name: str) -> str:
    if kind.swept is None:
        raise InputError(
            f"method '{name}' has no sparsity that could be swept",
            where="--method",
            hint=f"methods with a sparsity: {', '.join(sweepable())}",
        )
    return kind.swept


def sweepable() -> list[str]:
    """Names of the methods that a sweep takes."""
    return [name for name, kind in METHODS.items() if kind.swept is not None]


def _curve(name: str, variants: Sequence[Method], levels: Sequence[float], built: Built) -> Curve:
    by_name = {variant.name: variant for variant in built.variants}
    points = [_point(0.0, by_name[ORIGINAL])]
    points += [
        _point(level, by_name[item.name]) for level, item in zip(levels, variants, strict=True)
    ]
    return Curve(name, METHODS[name].swept_share, tuple(points))


def _point(asked: float, variant: BuiltVariant) -> Point:
    return Point(
        asked=asked,
        sparsity=variant.sparsity,
        parameters=variant.parameters,
        nonzero_parameters=variant.nonzero_parameters,
        scores=tuple(variant.seed_scores.values()),
        validation=tuple(
            score for score in variant.validation_scores.values() if score is not None
        ),
    )
