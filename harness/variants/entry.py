"""Finding the model and data set that a plan names."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import re
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from harness.errors import DataError, InputError

if TYPE_CHECKING:
    from harness.variants.dataset import Dataset

FUNCTIONS = ("dataset", "build")


def find_entry(name: str) -> Path:
    """The source file of module `name`, which is not imported. Raises InputError."""
    spec = None
    if re.fullmatch(r"[^\W\d]\w*(\.[^\W\d]\w*)*", name):
        try:
            spec = importlib.util.find_spec(name)
        except (ImportError, ValueError):
            spec = None
    if spec is None or spec.origin is None or not spec.has_location:
        raise InputError(
            f"there is no Python module '{name}'",
            where="model.entry",
            hint="for example models.digits_cnn; docs/add-a-model.md shows how to write one",
        )
    return Path(spec.origin)


def source_digest(name: str) -> str:
    """Digest of the entry's source: an edited model is trained again.

    Of an entry that is a package, every file in its folder counts, data files too.
    """
    origin = find_entry(name)
    files = [origin] if origin.name != "__init__.py" else sorted(origin.parent.rglob("*"))
    digest = hashlib.sha256()
    for path in files:
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(str(path.relative_to(origin.parent)).encode() + b"\0")
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def load_dataset(name: str) -> Dataset:
    """Call the entry's `dataset()`. Raises InputError, DataError."""
    from harness.variants.dataset import Dataset

    found = _function(name, "dataset")()
    if not isinstance(found, Dataset):
        raise InputError(
            f"dataset() returned {type(found).__name__}",
            where=name,
            hint="return a harness.variants.dataset.Dataset",
        )
    return found


def build_model(name: str, data: Dataset) -> Any:
    """Call the entry's `build()`: an untrained tf_keras model that fits `data`.

    Raises InputError where it is none, DataError where inputs or outputs have other sizes.
    """
    import tf_keras as keras

    model = _function(name, "build")()
    if not isinstance(model, keras.Model):
        kind = f"{type(model).__module__.split('.')[0]}'s {type(model).__name__}"
        raise InputError(
            f"build() returned {kind}",
            where=name,
            hint="return a model of tf_keras: tfmot takes no other",
        )
    if not model.built:
        raise InputError(
            "build() returned a model without input size",
            where=name,
            hint="start it with an Input layer",
        )
    ends = (model.input_shape[1:], model.output_shape[1:])
    wanted = (data.train.x.shape[1:], (data.classes,))
    if ends != wanted:
        raise DataError(
            f"the model maps {ends[0]} to {ends[1]}, the data set needs {wanted[0]} to {wanted[1]}",
            where=name,
            hint="one softmax output a class",
        )
    return model


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
