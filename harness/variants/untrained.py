"""Check of a plan before training: the untrained model is converted and shown to its engines.

The operators of a model file do not depend on trained weights. An operator without a kernel, a
conversion that fails and a schedule longer than the training are therefore found in seconds.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from harness.boards.catalogue import load_catalogue
from harness.codegen import compile_model
from harness.durable import discard_damaged, intact
from harness.errors import ConversionFailed, ModelError
from harness.plan.plan import Plan
from harness.plan.trust import require_trust
from harness.training.converted import read_model_file
from harness.variants.bare import bare_variant
from harness.variants.cache import CLASS_NAMES, VariantCache
from harness.variants.jobs import Job
from harness.variants.pool import run_jobs
from harness.variants.progress import Progress
from harness.variants.pruned import LEFT_ALONE

CODEGEN = "codegen"
# Takes a target's name and a model file; raises ModelError where an engine refuses the file there.
Judge = Callable[[str, bytes], None]


@dataclass(frozen=True)
class Refusal:
    """A dtype that an engine cannot run on some targets, with the reason.

    `failed`: it cannot be converted; else the engine refuses it.
    """

    dtype: str
    engine: str
    targets: tuple[str, ...]
    reason: str
    failed: bool = False

    def __str__(self) -> str:
        end = "fail" if self.failed else "be refused"
        engine = "" if self.engine == CODEGEN else f" ({self.engine})"
        return f"{self.dtype}{engine} on {', '.join(self.targets)} will {end}: {self.reason}"


@dataclass(frozen=True)
class Checked:
    """Cells that will be refused, names of the classes by label, and what methods leave alone."""

    refusals: tuple[Refusal, ...]
    class_names: tuple[str, ...]
    left_alone: tuple[Progress, ...]


def check_plan(
    plan: Plan,
    cache_dir: Path,
    on_progress: Callable[[Progress], None],
    judges: Mapping[str, Judge] = MappingProxyType({}),
) -> Checked:
    """Read the samples, convert the untrained model and show it to every engine and target.

    `judges` of engines other than codegen, by name; one without a judge refuses nothing. The
    conversion runs in a process of its own, its files are cached. Raises ModelError where no cell
    can run; DataError, InputError and TrainingError as `build_variants`.
    """
    require_trust(plan)
    dtypes = plan.matrix.dtypes
    cache = VariantCache(cache_dir, plan)
    checked = cache.checked(plan.variants, dtypes)
    if not intact(checked):
        discard_damaged(checked)
        checked.parent.mkdir(parents=True, exist_ok=True)
        job = Job("check", plan.seed, dtypes=dtypes)
        run_jobs([job], plan, cache_dir, workers=1, on_progress=on_progress, purpose="check")
    if plan.model.bare:
        files = bare_variant(plan, plan.variants[0], dtypes).files
    else:
        files = checked_files(checked, dtypes)
    names = json.loads((checked / CLASS_NAMES).read_text(encoding="utf-8"))
    return Checked(refusals(plan, files, judges), tuple(names), left_alone(checked))


def left_alone(folder: Path) -> tuple[Progress, ...]:
    """Return for each variant the weights that its method cannot prune, if there are any."""
    path = folder / LEFT_ALONE
    if not path.exists():
        return ()
    found = json.loads(path.read_text(encoding="utf-8"))
    return tuple(Progress(name, f"leaves alone {text}") for name, text in found.items())


def checked_files(folder: Path, dtypes: Sequence[str]) -> dict[str, Path]:
    """Return the converted untrained model in `folder` by dtype."""
    return {dtype: folder / f"{dtype}.tflite" for dtype in dtypes}


def refusals(
    plan: Plan, files: Mapping[str, Path], judges: Mapping[str, Judge] = MappingProxyType({})
) -> tuple[Refusal, ...]:
    """Return the dtypes that cannot be converted or that an engine refuses, by engine and core.

    Raises ModelError where that holds for every dtype, engine and core of the plan.
    """
    known = {CODEGEN: _codegen} | dict(judges)
    found: list[Refusal] = []
    asked = 0
    for dtype, path in files.items():
        for engine in plan.matrix.engines:
            for names in _by_core(plan):
                asked += 1
                try:
                    tflite = read_model_file(path)
                    if engine in known:
                        known[engine](names[0], tflite)
                except (ConversionFailed, ModelError) as error:
                    failed = isinstance(error, ConversionFailed)
                    found.append(Refusal(dtype, engine, names, str(error), failed))
    if asked and len(found) == asked:
        raise ModelError(
            f"no cell of this plan can run, {', '.join(files)}: {_reasons(found)}",
            where=plan.model.source,
        )
    return tuple(found)


def _codegen(target: str, tflite: bytes) -> None:
    """Raise ModelError where codegen refuses a file for the target's core."""
    compile_model(tflite, "untrained", core=load_catalogue()[target].core)


def _by_core(plan: Plan) -> list[tuple[str, ...]]:
    """Return the plan's targets, those of one core together: engines refuse a file by core."""
    targets: dict[str, list[str]] = {}
    for name in plan.matrix.targets:
        targets.setdefault(load_catalogue()[name].core, []).append(name)
    return [tuple(names) for names in targets.values()]


def _reasons(found: Sequence[Refusal]) -> str:
    """Return the first reason of each engine, named where there are several."""
    first = {each.engine: each.reason for each in reversed(found)}
    if len(first) == 1:
        return found[0].reason
    return "; ".join(f"{engine}: {reason}" for engine, reason in reversed(first.items()))
