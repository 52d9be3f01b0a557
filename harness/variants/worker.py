"""The process that trains: `python -m harness.variants.worker CACHE`, the plan as JSON on stdin.

It writes one JSON object a line to stdout: {"progress": …} or, last, {"error": …}. Everything else
that TensorFlow has to say goes to stderr. The caller holds the cache's lock.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from harness.errors import DataError, HarnessError
from harness.plan import Plan, parse_plan
from harness.variants.cache import VariantCache, written
from harness.variants.convert import convert
from harness.variants.dataset import Dataset
from harness.variants.entry import build_model, load_dataset
from harness.variants.method import Method
from harness.variants.progress import Progress
from harness.variants.sparsity import measure_sparsity
from harness.variants.training import Trainer, start_tensorflow

BASE = "base model"


class Worker:
    """Builds what the cache lacks of one plan."""

    def __init__(self, plan: Plan, root: Path, tell: Callable[[Progress], None]) -> None:
        self._plan = plan
        self._cache = VariantCache(root, plan)
        self._tell = tell

    def build(self) -> None:
        """Train, prune and convert; what is finished before an error stays in the cache."""
        self._tell(Progress(BASE, "start"))
        data = load_dataset(self._plan.model.entry)
        if self._cache.test_split.exists():
            self._check_same(data)
        else:
            self._write_test_split(data)
        start_tensorflow(self._plan.seed)
        base = None
        for method in self._plan.variants:
            if not self._cache.variant(method).exists():
                base = base or self._base(data)
                self._write_variant(method, base, data)
            for dtype in self._plan.matrix.dtypes:
                if not self._cache.file(method, dtype).exists():
                    self._write_file(method, dtype, data)
            self._tell(Progress(method.name, "done"))

    def _write_test_split(self, data: Dataset) -> None:
        with written(self._cache.test_split) as folder:
            np.savez(folder / "test.npz", x=data.test.x, y=data.test.y)
            facts = {"name": data.name, "classes": data.classes, "digest": data.digest}
            (folder / "facts.json").write_text(json.dumps(facts), encoding="utf-8")

    def _check_same(self, data: Dataset) -> None:
        path = self._cache.test_split / "facts.json"
        if json.loads(path.read_text(encoding="utf-8"))["digest"] != data.digest:
            raise DataError(
                "dataset() gives other samples than those the cached variants were made from",
                where=self._plan.model.entry,
                hint="keep data files beside the code in a package (docs/add-a-model.md) and "
                f"remove {self._cache.test_split.parent}",
            )

    def _trainer(self, data: Dataset, variant: str, stage: str) -> Trainer:
        def on_epoch(epoch: int, epochs: int, accuracy: float) -> None:
            self._tell(Progress(variant, stage, epoch, epochs, accuracy))

        return Trainer(
            data,
            batch_size=self._plan.model.batch_size,
            seed=self._plan.seed,
            on_epoch=on_epoch,
        )

    def _base(self, data: Dataset) -> Any:
        """The trained base model and its history, from the cache where it is there."""
        import tf_keras as keras

        folder = self._cache.base_model()
        if not folder.exists():
            trainer = self._trainer(data, BASE, "train")
            model = build_model(self._plan.model.entry, data)
            self._check_methods(model)
            part = self._plan.model
            trainer.fit(
                model,
                epochs=part.epochs,
                learning_rate=part.learning_rate,
                patience=part.patience,
            )
            with written(folder) as partial:
                model.save(partial / "model.keras")
                history = json.dumps(trainer.history)
                (partial / "history.json").write_text(history, encoding="utf-8")
        base = keras.models.load_model(folder / "model.keras", compile=False)
        self._check_methods(base)
        return base

    def _check_methods(self, model: Any) -> None:
        for method in self._plan.variants:
            method.check(model)

    def _write_variant(self, method: Method, base: Any, data: Dataset) -> None:
        trainer = self._trainer(data, method.name, "prune")
        model = method.apply(base, trainer)
        predictions = trainer.predict(model).argmax(axis=1)
        zeros = measure_sparsity(model)
        history = self._cache.base_model() / "history.json"
        with written(self._cache.variant(method)) as folder:
            model.save(folder / "model.keras")
            np.save(folder / "predictions.npy", predictions)
            facts = {
                "sparsity": zeros.total,
                "layer_sparsity": zeros.layers,
                "parameters": zeros.parameters,
                "nonzero_parameters": zeros.nonzero_parameters,
                "keras_accuracy": float((predictions == data.test.y).mean()),
                "history": trainer.history or json.loads(history.read_text(encoding="utf-8")),
            }
            (folder / "facts.json").write_text(json.dumps(facts), encoding="utf-8")

    def _write_file(self, method: Method, dtype: str, data: Dataset) -> None:
        import tf_keras as keras

        self._tell(Progress(method.name, f"convert {dtype}"))
        path = self._cache.variant(method) / "model.keras"
        model = keras.models.load_model(path, compile=False)
        with written(self._cache.file(method, dtype)) as folder:
            (folder / "model.tflite").write_bytes(convert(model, dtype, data.train.x))


def main() -> int:
    """Read the plan from stdin, build, and say how it ended."""
    lines = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8", buffering=1)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever prints must not spoil the lines

    def tell(kind: str, content: dict[str, Any]) -> None:
        lines.write(json.dumps({kind: content}) + "\n")

    plan = parse_plan(json.load(sys.stdin), "plan")
    worker = Worker(plan, Path(sys.argv[1]), lambda progress: tell("progress", asdict(progress)))
    try:
        worker.build()
    except HarnessError as error:
        kind = type(error).__name__
        tell("error", {"type": kind, "what": error.what, "where": error.where, "hint": error.hint})
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
