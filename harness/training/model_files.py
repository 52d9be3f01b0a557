"""Model files that users bring: .keras, .h5 and SavedModel, of tf_keras and of Keras 3."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

from harness.errors import InputError
from harness.training.keras3 import to_tf_keras
from harness.training.keras_archive import check_archive


def load_keras(path: Path, *, trusted: bool = False) -> Any:
    """Return the tf_keras model in a file or SavedModel folder, as it was trained.

    An archive is checked first (keras_archive.py). All else runs code, so that the caller asks for
    consent before; `trusted` is that consent. Raises InputError.
    """
    import tf_keras as keras

    where = str(path)
    if path.is_file() and zipfile.is_zipfile(path):
        check_archive(path, trusted=trusted)
    elif not trusted:
        raise InputError(
            "this model may run code when it is read", where=where, hint="trust = true, or --trust"
        )
    if _of_keras3(path):
        import keras as keras3

        return to_tf_keras(_load(keras3, path), where)
    model = _load(keras, path)
    if not isinstance(model, keras.Model):
        raise InputError(
            "this SavedModel holds no Keras model, so its layers cannot be pruned",
            where=where,
            hint='convert it to .tflite and name that: then only method = "none"',
        )
    return model


def _load(keras: Any, path: Path) -> Any:
    try:
        return keras.models.load_model(path, compile=False)
    except Exception as error:  # whatever the reader of that format raises
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise InputError(
            f"this model cannot be read: {first}",
            where=str(path),
            hint="layers and functions of your own are not in the file: name a function that "
            'builds the model, entry = "module:function" (docs/add-a-model.md)',
        ) from error


def _of_keras3(path: Path) -> bool:
    if path.is_dir():
        return False
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            if "metadata.json" not in archive.namelist():
                return False
            version = json.loads(archive.read("metadata.json")).get("keras_version", "2")
        return int(str(version).split(".")[0]) >= 3
    import h5py

    if not h5py.is_hdf5(path):
        return False
    with h5py.File(path, "r") as file:
        version = file.attrs.get("keras_version", "2")
    return str(version).split(".")[0].lstrip("b'") >= "3"
