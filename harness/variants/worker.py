"""A process that trains: `python -m harness.variants.worker CACHE`, lines of JSON in and out.

The first line on stdin is the plan, every other one a job; the end of stdin ends the process.
It writes {"progress": …} while it works, {"done": …} after a job and {"error": …} instead of it.
Everything else that TensorFlow has to say goes to stderr. The caller holds the cache's lock.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from harness.data.dataset import Dataset
from harness.durable import intact, sealed
from harness.errors import ConversionFailed, DataError, HarnessError
from harness.plan.plan import Plan, parse_plan
from harness.pruning.method import Method
from harness.training.convert import convert
from harness.training.converted import write_model
from harness.training.sparsity import measure_sparsity
from harness.training.trainer import Trainer, start_tensorflow
from harness.variants.cache import CLASS_NAMES, VariantCache
from harness.variants.inputs import build_base, load_data
from harness.variants.jobs import Job
from harness.variants.judged import judge
from harness.variants.progress import BASE, UNTRAINED, Progress
from harness.variants.pruned import LEFT_ALONE, alone_text, layers_alone, short_of


class Worker:
    """Does jobs of one plan; no job depends on those that this process did before."""

    def __init__(self, plan: Plan, root: Path, tell: Callable[[Progress], None]) -> None:
        self._plan = plan
        self._root = root
        self._tell = tell
        self._methods = {method.name: method for method in plan.variants}

    def do(self, job: Job) -> None:
        """Train, prune and convert; what is finished before an error stays in the cache."""
        cache = VariantCache(self._root, self._plan, job.seed)
        if job.kind == "check" and self._plan.model.bare:
            with sealed(cache.checked(self._plan.variants, job.dtypes)) as folder:
                write_names(folder, self._data)
            return
        if job.kind == "data":
            self._write_test_split(cache, self._data)
            return
        if intact(cache.test_split):
            self._check_same(cache, self._data)
        training = _Training(self._plan, cache, job.seed, self._data, self._tell_of(job))
        if job.kind == "check":
            training.check(job.dtypes)
        else:
            training.do(self._methods.get(job.variant), job.dtypes)

    @cached_property
    def _data(self) -> Dataset:
        return load_data(self._plan)

    def _tell_of(self, job: Job) -> Callable[..., None]:
        seed = job.seed if self._plan.seeds > 1 else None
        name = UNTRAINED if job.kind == "check" else job.variant or BASE

        def tell(stage: str, epoch: int = 0, epochs: int = 0, score: str = "") -> None:
            self._tell(Progress(name, stage, epoch, epochs, score, seed))

        return tell

    def _write_test_split(self, cache: VariantCache, data: Dataset) -> None:
        with sealed(cache.test_split) as folder:
            np.savez(folder / "test.npz", x=data.test.x, y=data.test.y)
            np.savez(folder / "validation.npz", x=data.validation.x, y=data.validation.y)
            facts = {
                "name": data.name,
                "task": data.task,
                "classes": data.classes,
                "class_names": data.class_names,
                "digest": data.digest,
                "seen": data.seen,
            }
            (folder / "facts.json").write_text(json.dumps(facts), encoding="utf-8")

    def _check_same(self, cache: VariantCache, data: Dataset) -> None:
        path = cache.test_split / "facts.json"
        if json.loads(path.read_text(encoding="utf-8"))["digest"] != data.digest:
            raise DataError(
                "dataset() gives other samples than those the cached variants were made from",
                where=self._plan.data.entry or self._plan.model.source,
                hint="keep data files beside the code in a package (docs/add-a-model.md) and "
                f"remove {cache.test_split.parent}",
            )


class _Training:
    """One job of one seed."""

    def __init__(
        self,
        plan: Plan,
        cache: VariantCache,
        seed: int,
        data: Dataset,
        tell: Callable[..., None],
    ) -> None:
        self._plan = plan
        self._cache = cache
        self._seed = seed
        self._data = data
        self._tell = tell

    def do(self, method: Method | None, dtypes: tuple[str, ...]) -> None:
        """Make the base model, or the variant of `method` and its files in `dtypes`."""
        import tf_keras as keras

        keras.backend.clear_session()  # names are numbered anew, memory is given back
        start_tensorflow(self._seed)
        if method is None:
            self._write_base()
        else:
            if not intact(self._cache.variant(method)):
                self._write_variant(method)
            if dtypes:
                self._write_files(method, dtypes)
        self._tell("done")

    def check(self, dtypes: tuple[str, ...]) -> None:
        """Check model, methods and schedules, and convert the untrained model to `dtypes`."""
        import tf_keras as keras

        keras.backend.clear_session()
        start_tensorflow(self._seed)
        model = self._untrained()
        trainer = self._trainer("check")
        for method in self._plan.variants:
            method.check_schedule(trainer)
        folder = self._cache.checked(self._plan.variants, dtypes)
        with sealed(folder) as partial:
            write_names(partial, self._data)
            notes = {method.name: alone_text(method, model) for method in self._plan.variants}
            notes = {name: text for name, text in notes.items() if text}
            (partial / LEFT_ALONE).write_text(json.dumps(notes), encoding="utf-8")
            ends = [self._convert(model, dtype, partial / f"{dtype}.tflite") for dtype in dtypes]
            failed = [error for error in ends if error is not None]
            if failed and len(failed) == len(dtypes):
                raise failed[0]
        self._tell("done")

    def _trainer(self, stage: str) -> Trainer:
        def on_epoch(epoch: int, epochs: int, score: str) -> None:
            self._tell(stage, epoch, epochs, score)

        return Trainer(
            self._data,
            batch_size=self._plan.model.batch_size,
            seed=self._seed,
            on_epoch=on_epoch,
        )

    def _untrained(self) -> Any:
        model = build_base(self._plan, self._data)
        self._check_methods(model)
        return model

    def _check_methods(self, model: Any) -> None:
        for method in self._plan.variants:
            method.check(model)

    def _write_base(self) -> None:
        trainer = self._trainer("train")
        model = self._untrained()
        part = self._plan.model
        if not part.trained:
            trainer.fit(
                model,
                epochs=part.epochs,
                learning_rate=part.learning_rate,
                patience=part.patience,
            )
        with sealed(self._cache.base_model()) as folder:
            model.save(folder / "model.keras")
            training = {"history": trainer.history, "kept_epochs": trainer.kept}
            (folder / "training.json").write_text(json.dumps(training), encoding="utf-8")

    def _trained(self) -> Any:
        import tf_keras as keras

        path = self._cache.base_model() / "model.keras"
        base = keras.models.load_model(path, compile=False)
        self._check_methods(base)
        return base

    def _write_variant(self, method: Method) -> None:
        trainer = self._trainer("prune")
        model = method.apply(self._untrained() if method.from_scratch else self._trained(), trainer)
        found = judge(model, trainer, self._data, self._plan.model.threshold)
        zeros = measure_sparsity(model)
        alone = layers_alone(method, model)
        for text in short_of(method, zeros, alone):
            logging.getLogger(__name__).warning("variant %s: %s", method.name, text)
            self._tell(text)
        training = {"history": trainer.history, "kept_epochs": trainer.kept}
        if not trainer.history:
            training = json.loads((self._cache.base_model() / "training.json").read_text("utf-8"))
        with sealed(self._cache.variant(method)) as folder:
            model.save(folder / "model.keras")
            np.save(folder / "predictions.npy", found.answers)
            facts = {
                "sparsity": zeros.total,
                "layer_sparsity": zeros.layers,
                "layer_parameters": zeros.layer_parameters,
                "left_alone": alone,
                "parameters": zeros.parameters,
                "nonzero_parameters": zeros.nonzero_parameters,
                "keras_score": found.on_test,
                "validation_score": found.on_validation,
                "threshold": found.threshold,
            }
            (folder / "facts.json").write_text(json.dumps(facts | training), encoding="utf-8")

    def _write_files(self, method: Method, dtypes: tuple[str, ...]) -> None:
        """Convert what was saved, whoever made it: the same bytes now and from a warm cache."""
        import tf_keras as keras

        path = self._cache.variant(method) / "model.keras"
        model = keras.models.load_model(path, compile=False)
        for dtype in dtypes:
            with sealed(self._cache.file(method, dtype)) as folder:
                self._convert(model, dtype, folder / "model.tflite")

    def _convert(self, model: Any, dtype: str, path: Path) -> ConversionFailed | None:
        """Convert to a file, or to the reason why that cannot be, which fails this dtype alone."""
        self._tell(f"convert {dtype}")
        error = write_model(path, lambda: convert(model, dtype, self._data.train.x))
        if error is not None:
            self._tell(f"{dtype} failed: {error.what}")
        return error


def write_names(folder: Path, data: Dataset) -> None:
    """Write the names of the classes, which `harness plan check` shows."""
    (folder / CLASS_NAMES).write_text(json.dumps(data.class_names), encoding="utf-8")


def main() -> int:
    """Take the plan and jobs from stdin until it ends, and report the end of each."""
    lines = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8", buffering=1)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever prints must not spoil the lines

    def tell(kind: str, content: dict[str, Any]) -> None:
        lines.write(json.dumps({kind: content}) + "\n")

    plan = parse_plan(json.loads(sys.stdin.readline()), "plan")
    worker = Worker(plan, Path(sys.argv[1]), lambda progress: tell("progress", asdict(progress)))
    for line in sys.stdin:
        job = Job(**json.loads(line))
        try:
            worker.do(job)
        except HarnessError as error:
            content = {"what": error.what, "where": error.where, "hint": error.hint}
            tell("error", {"type": type(error).__name__} | content)
            return 1
        tell("done", asdict(job))
    return 0


if __name__ == "__main__":
    sys.exit(main())
