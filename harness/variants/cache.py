"""Built variants by content: the same plan, code and versions give the same key.

A folder appears under its key only when it is complete, and carries digests (see durable.py).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness.data.digest import digest_of_files
from harness.durable import discard_damaged, discard_partials
from harness.plan.plan import Plan
from harness.pruning.method import Method
from harness.variants.extra import require_extra, versions
from harness.variants.inputs import sources_digest

CLASS_NAMES = "class_names.json"
ROOT = Path(__file__).parents[1]
# The code that decides what a variant is.
SOURCES = (
    "data/*.py",
    "training/*.py",
    "pruning/*.py",
    "variants/inputs.py",
    "variants/judged.py",
    "variants/worker.py",
)


class VariantCache:
    """The folders below `root` of one plan's variants, trained with `seed` (unset: the plan's).

    Raises ToolMissing where the plan trains without the extra `train`.
    """

    def __init__(self, root: Path, plan: Plan, seed: int | None = None) -> None:
        require_extra(plan)
        self._root = root / "variants"
        self._shared = {
            "model": plan.model.model_dump(mode="json", exclude={"file"}),
            "data": plan.data.model_dump(mode="json", exclude={"file", "stream", "score"}),
            "sources": sources_digest(plan),
            "code": _code_digest(),
            "versions": versions(),
        }
        self._base = {"seed": plan.seed if seed is None else seed} | self._shared

    @property
    def lock(self) -> Path:
        """Held while this model's variants are trained, with any seed."""
        return self._root / f"{_digest(self._shared)}.lock"

    def log(self, process: int, purpose: str = "") -> Path:
        """Log file of the process of that number, from 0; of a `purpose` other than training."""
        return self.lock.with_suffix(f".{purpose}{process}.log")

    @property
    def test_split(self) -> Path:
        """Folder of the data set's name, classes, test and validation split."""
        return self._root / _digest({"test": True} | self._shared)

    def discard_partials(self, pid: int) -> None:
        """Remove what a process that was ended had only half written."""
        discard_partials(self._root, pid)

    def discard_damaged(self, methods: Sequence[Method], dtypes: Sequence[str]) -> None:
        """Remove this plan's folders that are not as they were written; hold the lock."""
        folders = [self.test_split, self.checked(methods, dtypes), self.base_model()]
        folders += [self.variant(method) for method in methods]
        folders += [self.file(method, dtype) for method in methods for dtype in dtypes]
        for folder in dict.fromkeys(folders):
            discard_damaged(folder)

    def checked(self, methods: Sequence[Method], dtypes: Sequence[str]) -> Path:
        """Folder of the untrained model's files, made after all checks before training."""
        parameters = [method.parameters for method in methods]
        return self._root / _digest({"check": list(dtypes), "methods": parameters} | self._base)

    def base_model(self) -> Path:
        """Folder of the trained base model, shared by all methods."""
        return self._root / _digest({"base": True} | self._base)

    def variant(self, method: Method) -> Path:
        """Folder of the variant that `method` makes: its Keras model and what is known of it."""
        return self._root / _digest({"method": method.parameters} | self._base)

    def file(self, method: Method, dtype: str) -> Path:
        """Folder of the variant's `model.tflite` in `dtype`."""
        return self._root / _digest({"method": method.parameters, "dtype": dtype} | self._base)


def _digest(content: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]


def _code_digest() -> str:
    """Digest of SOURCES."""
    return digest_of_files(sorted(path for name in SOURCES for path in ROOT.glob(name)), ROOT)
