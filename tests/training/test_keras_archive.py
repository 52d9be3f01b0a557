"""Archives of models: what Keras wrote is taken, what names other code is refused unread."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from harness.errors import InputError
from harness.training import keras_archive
from harness.training.keras_archive import check_archive
from harness.training.model_files import load_keras


def archive(folder: Path, *items: dict[str, Any] | str) -> Path:
    """A file whose configuration holds the items, deep inside; it has no weights."""
    path = folder / "model.keras"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("metadata.json", json.dumps({"keras_version": "2.21.0"}))
        layers = {"class_name": "Sequential", "module": "keras", "config": {"layers": [*items]}}
        file.writestr("config.json", json.dumps({"class_name": "Functional", "config": layers}))
    return path


@pytest.mark.parametrize("library", ["tf_keras", "keras"])
def test_what_keras_saves_is_taken(keras: Any, tmp_path: Path, library: str) -> None:
    import keras as keras3

    used = keras if library == "tf_keras" else keras3
    layers = used.layers
    image = layers.Input((8, 8, 1))
    x = layers.Conv2D(2, 3, kernel_regularizer=used.regularizers.L1(0.1))(image)
    x = layers.ReLU(6)(layers.BatchNormalization()(x))
    x = layers.Flatten()(layers.Add()([x, x * 2]))
    x = layers.Dense(3, "softmax", kernel_constraint="max_norm")(x)
    model = used.Model(image, x)
    model.compile(used.optimizers.Adam(), "mse", metrics=["accuracy"])
    path = tmp_path / "model.keras"
    model.save(path)
    check_archive(path, trusted=False)


@pytest.mark.parametrize(
    ("item", "shown"),
    [
        ({"class_name": "function", "module": "builtins", "config": "print"}, "builtins.function"),
        ({"class_name": "Path", "module": "pathlib", "config": {}}, "pathlib.Path"),
        ({"class_name": "Mine", "module": "keras.layers.mine", "config": {}}, "keras.layers.mine"),
        ({"class_name": "get_file", "module": "keras.utils", "config": {}}, "keras.utils.get_file"),
        ({"class_name": "serialize", "module": "keras.layers", "config": {}}, "keras.layers.ser"),
        ({"class_name": "Config", "module": "keras", "config": {}}, "keras.Config"),
        ({"class_name": "TFSMLayer", "module": "keras.layers", "config": {}}, "TFSMLayer"),
        ({"class_name": "TFOpLambda", "config": {"function": "io.read_file"}}, "TFOpLambda"),
        ({"class_name": "TFOpLambda", "config": {}}, "TFOpLambda"),
        ({"class_name": ["Dense"], "module": "keras.layers"}, "keras.layers"),
        ({"class_name": "Dense", "module": ["keras"]}, "Dense"),
    ],
)
def test_names_of_other_code_are_refused(tmp_path: Path, item: dict[str, Any], shown: str) -> None:
    path = archive(tmp_path, item)
    with pytest.raises(InputError, match="names code that is not a layer of Keras") as caught:
        check_archive(path, trusted=False)
    assert shown in caught.value.what
    assert "--trust" in caught.value.hint
    check_archive(path, trusted=True)


@pytest.mark.parametrize("trusted", [False, True])
@pytest.mark.parametrize(
    "item",
    [
        {"class_name": "Lambda", "module": "keras.layers", "config": {}},
        {"class_name": "__lambda__", "config": {"value": ""}},
    ],
)
def test_a_lambda_layer_is_refused_in_any_case(
    tmp_path: Path, item: dict[str, Any], trusted: bool
) -> None:
    with pytest.raises(InputError, match="has a Lambda layer") as caught:
        check_archive(archive(tmp_path, item), trusted=trusted)
    assert 'entry = "module:function" with trust = true' in caught.value.hint


def test_a_model_that_keras_wrote_with_a_lambda_layer_is_not_loaded(
    keras: Any, tmp_path: Path
) -> None:
    called: list[str] = []

    def noting(x: Any) -> Any:
        called.append("called")
        return x

    model = keras.Sequential([keras.layers.Input((2,)), keras.layers.Lambda(noting)])
    for path in (tmp_path / "model.keras", tmp_path / "model.h5"):
        model.save(path)
        called.clear()
        with pytest.raises(InputError, match=r"Lambda layer|may run code"):
            load_keras(path)
        assert called == []


@pytest.mark.parametrize(("bound", "size"), [("LARGEST", 50), ("LARGEST_CONFIG", 20)])
def test_sizes_are_bounded_before_anything_is_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bound: str, size: int
) -> None:
    monkeypatch.setattr(keras_archive, bound, size)
    with pytest.raises(InputError, match=rf"up to .*\b{size} B"):
        check_archive(archive(tmp_path, "x" * 100), trusted=True)


@pytest.mark.parametrize("content", ["{", "[" * 100_000])
def test_a_broken_configuration_is_a_typed_error(tmp_path: Path, content: str) -> None:
    path = tmp_path / "model.keras"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("config.json", content)
    with pytest.raises(InputError, match="this model cannot be read"):
        check_archive(path, trusted=False)
