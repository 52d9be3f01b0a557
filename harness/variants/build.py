"""All variants of a plan, from the cache where possible; training has processes of its own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from filelock import FileLock, Timeout

from harness.durable import intact
from harness.plan.plan import Plan
from harness.plan.trust import require_trust
from harness.pruning.method import Method
from harness.variants.bare import bare_variant
from harness.variants.built import Built, BuiltVariant
from harness.variants.cache import VariantCache
from harness.variants.jobs import Job, missing_jobs
from harness.variants.pool import default_workers, run_jobs
from harness.variants.progress import BASE, UNTRAINED, Progress
from harness.variants.untrained import Judge, checked_files, left_alone, refusals


def build_variants(
    plan: Plan,
    *,
    cache_dir: Path,
    on_progress: Callable[[Progress], None],
    dtypes: Sequence[str] | None = None,
    workers: int | None = None,
    judges: Mapping[str, Judge] = MappingProxyType({}),
) -> Built:
    """Build what the cache lacks, then read everything from it.

    `dtypes`: those to convert to, unset the plan's; `workers`: processes that train, unset one a
    core. Neither changes any file. `judges`: as `check_plan` takes them. Raises TrainingError,
    DataError or InputError; what was built before the error stays cached.
    """
    require_trust(plan)
    wanted = plan.matrix.dtypes if dtypes is None else tuple(dtypes)
    caches = {seed: VariantCache(cache_dir, plan, seed) for seed in plan.all_seeds}
    cache = caches[plan.seed]
    from_cache = not missing_jobs(plan, caches, wanted)
    if not from_cache:
        with _locked(cache, on_progress):
            for each in caches.values():
                each.discard_damaged(plan.variants, wanted)
            jobs = missing_jobs(plan, caches, wanted)
            if jobs:
                on_progress(Progress(BASE, "start"))

                def on_done(job: Job) -> None:
                    if job.kind == "check":
                        _report_refusals(plan, cache, wanted, judges, on_progress)

                count = default_workers() if workers is None else workers
                if all(job.kind != "check" for job in jobs):
                    _report_refusals(plan, cache, wanted, judges, on_progress)
                run_jobs(
                    jobs,
                    plan,
                    cache_dir,
                    workers=count,
                    on_progress=on_progress,
                    on_done=on_done,
                )
    return _load(caches, plan, wanted, from_cache=from_cache)


def is_cached(plan: Plan, cache_dir: Path) -> bool:
    """Return True where `build_variants` would read everything and train nothing."""
    caches = {seed: VariantCache(cache_dir, plan, seed) for seed in plan.all_seeds}
    return not missing_jobs(plan, caches, plan.matrix.dtypes)


def _report_refusals(
    plan: Plan,
    cache: VariantCache,
    dtypes: Sequence[str],
    judges: Mapping[str, Judge],
    on_progress: Callable[[Progress], None],
) -> None:
    """Report what methods leave alone and dtypes that will be refused.

    Raises ModelError where all will be.
    """
    checked = cache.checked(plan.variants, dtypes)
    if intact(checked) and not plan.model.bare:
        for note in left_alone(checked):
            on_progress(note)
        for refusal in refusals(plan, checked_files(checked, dtypes), judges):
            on_progress(Progress(UNTRAINED, str(refusal)))


@contextmanager
def _locked(cache: VariantCache, on_progress: Callable[[Progress], None]) -> Iterator[None]:
    cache.lock.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(cache.lock)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        on_progress(Progress(BASE, "waiting for another run that trains it"))
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _load(
    caches: Mapping[int, VariantCache], plan: Plan, dtypes: Sequence[str], *, from_cache: bool
) -> Built:
    cache = caches[plan.seed]
    facts = json.loads((cache.test_split / "facts.json").read_text(encoding="utf-8"))
    with np.load(cache.test_split / "test.npz") as test:
        test_x, test_y = test["x"], test["y"]
    with np.load(cache.test_split / "validation.npz") as validation:
        validation_x, validation_y = validation["x"], validation["y"]
    return Built(
        dataset=facts["name"],
        dataset_digest=facts["digest"],
        task=facts["task"],
        classes=facts["classes"],
        class_names=tuple(facts["class_names"]),
        test_x=test_x,
        test_y=test_y,
        validation_x=validation_x,
        validation_y=validation_y,
        variants=tuple(_load_variant(caches, plan, method, dtypes) for method in plan.variants),
        from_cache=from_cache,
        seen=facts.get("seen", 0.0),
    )


def _load_variant(
    caches: Mapping[int, VariantCache], plan: Plan, method: Method, dtypes: Sequence[str]
) -> BuiltVariant:
    if plan.model.bare:
        return bare_variant(plan, method, dtypes)
    cache = caches[plan.seed]
    folder = cache.variant(method)
    facts = _facts(cache, method)
    del facts["validation_score"]
    alone = facts.pop("left_alone")
    return BuiltVariant(
        name=method.name,
        method=str(method.parameters["method"]),
        sparsity_target=method.sparsity_target,
        layer_targets={
            layer: method.layer_target(layer)
            for layer in facts["layer_sparsity"]
            if layer not in alone
        },
        keras_predictions=np.load(folder / "predictions.npy"),
        files={dtype: cache.file(method, dtype) / "model.tflite" for dtype in dtypes},
        seed_scores={
            seed: float(_facts(of_seed, method)["keras_score"]) for seed, of_seed in caches.items()
        },
        validation_scores={
            seed: _facts(each, method)["validation_score"] for seed, each in caches.items()
        },
        **facts,
    )


def _facts(cache: VariantCache, method: Method) -> dict[str, Any]:
    path = cache.variant(method) / "facts.json"
    facts: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return facts
