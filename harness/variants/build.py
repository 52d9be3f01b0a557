"""All variants of a plan, from the cache where possible; training has a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock, Timeout

from harness import errors
from harness.errors import HarnessError, TrainingError
from harness.plan import Plan
from harness.variants.cache import VariantCache
from harness.variants.method import Method
from harness.variants.progress import Progress


@dataclass(frozen=True)
class BuiltVariant:
    """A trained variant; `files`: dtype → `.tflite`, `keras_predictions`: (N,), test split."""

    name: str
    method: str
    sparsity_target: float | None
    sparsity: float
    layer_sparsity: dict[str, float]
    parameters: int
    nonzero_parameters: int
    keras_accuracy: float
    keras_predictions: np.ndarray
    files: dict[str, Path]
    history: dict[str, list[float]]


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
    plan: Plan, *, cache_dir: Path, on_progress: Callable[[Progress], None]
) -> Built:
    """Build what the cache lacks, then read everything from it.

    Raises TrainingError, DataError or InputError; what was built before the error stays cached.
    """
    cache = VariantCache(cache_dir, plan)
    complete = _complete(cache, plan)
    if not complete:
        with _locked(cache, on_progress):
            if not _complete(cache, plan):
                _train(plan, cache_dir, cache.log, on_progress)
    return _load(cache, plan, from_cache=complete)


@contextmanager
def _locked(cache: VariantCache, on_progress: Callable[[Progress], None]) -> Iterator[None]:
    cache.lock.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(cache.lock)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        on_progress(Progress("base model", "waiting for another run that trains it"))
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _complete(cache: VariantCache, plan: Plan) -> bool:
    return cache.test_split.exists() and all(
        cache.variant(method).exists()
        and all(cache.file(method, dtype).exists() for dtype in plan.matrix.dtypes)
        for method in plan.variants
    )


def _train(plan: Plan, cache_dir: Path, log: Path, on_progress: Callable[[Progress], None]) -> None:
    environment = os.environ | {
        "TF_USE_LEGACY_KERAS": "1",  # tfmot takes tf_keras models only
        "TF_CPP_MIN_LOG_LEVEL": "1",
        "TF_ENABLE_ONEDNN_OPTS": "0",  # its kernels differ between processors
        "CUDA_VISIBLE_DEVICES": "-1",
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
    }
    command = [sys.executable, "-m", "harness.variants.worker", str(cache_dir)]
    failure: dict[str, str] | None = None
    with log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=output,
            text=True,
        )
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(plan.model_dump_json(by_alias=True))
            process.stdin.close()
            for line in process.stdout:
                message: dict[str, Any] = json.loads(line)
                if "progress" in message:
                    on_progress(Progress(**message["progress"]))
                else:
                    failure = message["error"]
            code = process.wait()
        finally:
            process.kill()
            process.wait()
    if failure is not None:
        raise _typed(failure, log)
    if code:
        ended = f"exit code {code}" if code > 0 else f"signal {signal.Signals(-code).name}"
        raise TrainingError(
            f"the training process ended with {ended}: {_last_line(log)}",
            where=plan.model.entry,
            hint=f"log: {log}",
        )


def _typed(failure: dict[str, str], log: Path) -> HarnessError:
    kind = getattr(errors, failure["type"], TrainingError)
    hint = failure["hint"]
    if kind is TrainingError:
        hint = f"{hint}; log: {log}" if hint else f"log: {log}"
    found: HarnessError = kind(failure["what"], where=failure["where"], hint=hint)
    return found


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing"


def _load(cache: VariantCache, plan: Plan, *, from_cache: bool) -> Built:
    facts = json.loads((cache.test_split / "facts.json").read_text(encoding="utf-8"))
    with np.load(cache.test_split / "test.npz") as test:
        test_x, test_y = test["x"], test["y"]
    return Built(
        dataset=facts["name"],
        dataset_digest=facts["digest"],
        classes=facts["classes"],
        test_x=test_x,
        test_y=test_y,
        variants=tuple(_load_variant(cache, plan, method) for method in plan.variants),
        from_cache=from_cache,
    )


def _load_variant(cache: VariantCache, plan: Plan, method: Method) -> BuiltVariant:
    folder = cache.variant(method)
    facts = json.loads((folder / "facts.json").read_text(encoding="utf-8"))
    return BuiltVariant(
        name=method.name,
        method=str(method.parameters["method"]),
        sparsity_target=method.sparsity_target,
        keras_predictions=np.load(folder / "predictions.npy"),
        files={dtype: cache.file(method, dtype) / "model.tflite" for dtype in plan.matrix.dtypes},
        **facts,
    )
