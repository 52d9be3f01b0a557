"""A process that trains shapes: `python -m harness.search.worker CACHE`, lines of JSON in and out.

The first line on stdin is the plan; every other one asks for {"space": true} or for trials. Only
the training and the validation split are used. Each answer is kept in the cache by its content.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from harness.errors import HarnessError, InputError
from harness.plan.plan import Plan, parse_plan
from harness.pruning.slim import prunable
from harness.pruning.stacking import Copy, stack_of, teacher_logits, with_best_units
from harness.pruning.structured_graph import read_graph
from harness.training.stack_fit import Recipe, fit_stack
from harness.training.stacked import StackedNet
from harness.training.trainer import start_tensorflow
from harness.variants.cache import VariantCache
from harness.variants.inputs import load_data


class Trials:
    """Trains shapes of a plan's base model."""

    def __init__(self, plan: Plan, root: Path) -> None:
        import tf_keras as keras

        start_tensorflow(plan.seed)
        self._plan = plan
        self._data = load_data(plan)
        path = VariantCache(root, plan).base_model() / "model.keras"
        self._base = keras.models.load_model(path, compile=False)
        if self._data.task != "classification":
            raise InputError(
                f"search trains classifiers, the task is {self._data.task}", where=plan.name
            )
        StackedNet(self._base, 1)
        self._teacher = teacher_logits(self._base, self._data)

    def space(self) -> dict[str, Any]:
        """Return the layers that may have zeros, those that may lose units, the original's score.

        `accuracy`: of the original in float32 on the validation split.
        """
        layers = prunable(self._base)
        graph = read_graph(self._base)
        keepable = []
        for name in layers:
            number = graph.group_of(name)
            if number is not None and not graph.groups[number].fixed:
                keepable.append(name)
        outputs = self._base.predict(self._data.validation.x, verbose=0)
        right = outputs.argmax(axis=1) == self._data.validation.y
        return {
            "layers": list(layers),
            "keepable": keepable,
            "accuracy": float(right.mean()),
            "samples": len(right),
        }

    def trained(self, ask: dict[str, Any], tell: Callable[[str], None]) -> dict[str, Any]:
        """Return validation accuracies and losses of each trial's starts, after the last epoch."""
        import tf_keras as keras

        trials = ask["trials"]
        keras.utils.set_random_seed(ask["seed"])
        most: dict[str, int] = {}
        for trial in trials:
            for name, count in trial["keep"].items():
                most[name] = max(count, most.get(name, 0))
        model = with_best_units(self._base, most, self._data)
        copies = [
            Copy(trial["keep"], trial["zeros"], fresh=start > 0)
            for trial in trials
            for start in range(trial["starts"])
        ]
        net, alive = stack_of(model, copies, ask["seed"])
        epochs = ask["epochs"]

        def on_epoch(epoch: int, accuracy: Any) -> None:
            if epoch % max(1, epochs // 10) == 0:
                tell(f"epoch {epoch} of {epochs}, best {accuracy.max():.3f}")

        fitted = fit_stack(
            net,
            self._data,
            self._teacher,
            Recipe(epochs, ask["learning_rate"], self._plan.model.batch_size, qat=ask["qat"]),
            seed=ask["seed"],
            alive=alive,
            zeros=[copy.zeros for copy in copies],
            on_epoch=on_epoch,
        )
        results, at = [], 0
        for trial in trials:
            own = slice(at, at + trial["starts"])
            results.append(
                {
                    "accuracy": fitted.val_accuracy[-1, own].tolist(),
                    "loss": fitted.val_loss[-1, own].tolist(),
                }
            )
            at += trial["starts"]
        return {"trials": results}


def main() -> int:
    """Answer requests from stdin until it ends."""
    lines = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8", buffering=1)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever prints must not spoil the lines

    def tell(kind: str, content: Any) -> None:
        lines.write(json.dumps({kind: content}) + "\n")

    try:
        plan = parse_plan(json.loads(sys.stdin.readline()), "plan")
        trials = Trials(plan, Path(sys.argv[1]))
        for line in sys.stdin:
            ask = json.loads(line)
            if "space" in ask:
                tell("done", trials.space())
            else:
                tell("done", trials.trained(ask, lambda text: tell("progress", text)))
    except HarnessError as error:
        content = {"what": error.what, "where": error.where, "hint": error.hint}
        tell("error", {"type": type(error).__name__} | content)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
