"""All variants of a plan, from the cache where possible; training has processes of its own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock, Timeout

from harness.plan import Plan
from harness.variants.cache import VariantCache
from harness.variants.jobs import missing_jobs
from harness.variants.method import Method
from harness.variants.pool import default_workers, run_jobs
from harness.variants.progress import BASE, Progress


@dataclass(frozen=True)
class BuiltVariant:
    """A trained variant of the plan's first seed; `files`: dtype → `.tflite`.

    `keras_predictions`: (N,), test split. `kept_epochs`: of each training after another, the epoch
    of `history` whose weights were kept, from 1. `seed_accuracy`: of the float32 Keras model of
    each seed on the test split. By layer with kernels: `layer_targets` what was asked for, None
    where nothing was; `layer_sparsity` zeros; `layer_parameters` weights of the kernels.
    """

    name: str
    method: str
    sparsity_target: float | None
    sparsity: float
    layer_targets: dict[str, float | None]
    layer_sparsity: dict[str, float]
    layer_parameters: dict[str, int]
    parameters: int
    nonzero_parameters: int
    keras_accuracy: float
    keras_predictions: np.ndarray
    files: dict[str, Path]
    history: dict[str, list[float]]
    kept_epochs: list[int]
    seed_accuracy: dict[int, float]


@dataclass(frozen=True)
class Built:
    """A plan's variants in its order, and the test split (N, ...) float32 with labels (N,).

    `from_cache`: nothing was trained or converted for this answer.
    """

    dataset: str
    dataset_digest: str
    classes: int
    test_x: np.ndarray
    test_y: np.ndarray
    variants: tuple[BuiltVariant, ...]
    from_cache: bool


def build_variants(
    plan: Plan,
    *,
    cache_dir: Path,
    on_progress: Callable[[Progress], None],
    dtypes: Sequence[str] | None = None,
    workers: int | None = None,
) -> Built:
    """Build what the cache lacks, then read everything from it.

    `dtypes`: those to convert to, unset the plan's; `workers`: processes that train, unset one a
    core. Neither changes any file. Raises TrainingError, DataError or InputError; what was built
    before the error stays cached.
    """
    wanted = plan.matrix.dtypes if dtypes is None else tuple(dtypes)
    caches = {seed: VariantCache(cache_dir, plan, seed) for seed in plan.all_seeds}
    cache = caches[plan.seed]
    from_cache = not missing_jobs(plan, caches, wanted)
    if not from_cache:
        with _locked(cache, on_progress):
            jobs = missing_jobs(plan, caches, wanted)
            if jobs:
                on_progress(Progress(BASE, "start"))
                count = default_workers() if workers is None else workers
                run_jobs(jobs, plan, cache_dir, workers=count, on_progress=on_progress)
    return _load(caches, plan, wanted, from_cache=from_cache)


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
    return Built(
        dataset=facts["name"],
        dataset_digest=facts["digest"],
        classes=facts["classes"],
        test_x=test_x,
        test_y=test_y,
        variants=tuple(_load_variant(caches, plan, method, dtypes) for method in plan.variants),
        from_cache=from_cache,
    )


def _load_variant(
    caches: Mapping[int, VariantCache], plan: Plan, method: Method, dtypes: Sequence[str]
) -> BuiltVariant:
    cache = caches[plan.seed]
    folder = cache.variant(method)
    facts = _facts(cache, method)
    return BuiltVariant(
        name=method.name,
        method=str(method.parameters["method"]),
        sparsity_target=method.sparsity_target,
        layer_targets={layer: method.layer_target(layer) for layer in facts["layer_sparsity"]},
        keras_predictions=np.load(folder / "predictions.npy"),
        files={dtype: cache.file(method, dtype) / "model.tflite" for dtype in dtypes},
        seed_accuracy={
            seed: float(_facts(each, method)["keras_accuracy"]) for seed, each in caches.items()
        },
        **facts,
    )


def _facts(cache: VariantCache, method: Method) -> dict[str, Any]:
    path = cache.variant(method) / "facts.json"
    facts: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return facts
