"""Finding the model and data set that a plan names."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

from harness.errors import InputError
from harness.variants.dataset import Dataset

FUNCTIONS = ("dataset", "build")


def find_entry(name: str) -> Path:
    """The source file of module `name`, which is not imported. Raises InputError."""
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        spec = None
    if spec is None or spec.origin is None:
        raise InputError(
            f"there is no Python module '{name}'",
            where="model.entry",
            hint="for example models.digits_cnn; docs/add-a-model.md shows how to write one",
        )
    return Path(spec.origin)


def source_digest(name: str) -> str:
    """Digest of the entry's source: an edited model is trained again."""
    return hashlib.sha256(find_entry(name).read_bytes()).hexdigest()


def load_dataset(name: str) -> Dataset:
    """Call the entry's `dataset()`. Raises InputError, DataError."""
    found = _function(name, "dataset")()
    if not isinstance(found, Dataset):
        raise InputError(
            f"dataset() returned {type(found).__name__}",
            where=name,
            hint="return a harness.variants.dataset.Dataset",
        )
    return found


def build_model(name: str) -> Any:
    """Call the entry's `build()`: an untrained tf_keras model. Raises InputError."""
    return _function(name, "build")()


def _function(name: str, function: str) -> Any:
    find_entry(name)
    module: ModuleType = importlib.import_module(name)
    found = getattr(module, function, None)
    if not callable(found):
        raise InputError(
            f"module '{name}' has no function {function}()",
            where="model.entry",
            hint=f"it needs {' and '.join(f'{each}()' for each in FUNCTIONS)}",
        )
    return found
