"""Models and samples that users bring, read by the libraries that wrote them."""

import json
import re
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.errors import DataError, InputError
from harness.plan.plan import Plan
from harness.variants.inputs import build_base, load_data, sources_digest
from tests.plan.test_sources import plan_of

SHAPE = (6, 6, 1)


@pytest.fixture(scope="module")
def keras3(keras: Any) -> Any:  # noqa: ARG001 it sets TensorFlow up
    import keras as keras3

    return keras3


@pytest.fixture
def samples(tmp_path: Path) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    np.savez(tmp_path / "samples.npz", x=rng.normal(size=(40, *SHAPE)), y=np.arange(40) % 3)
    return {"file": str(tmp_path / "samples.npz")}


def network(keras: Any, outputs: int = 3) -> Any:
    """With a shortcut, BatchNorm that has seen data, and settings that are no defaults."""
    layers = keras.layers
    image = layers.Input(SHAPE, name="image")
    x = layers.Conv2D(4, 3, padding="same", kernel_regularizer="l2", name="conv")(image)
    x = layers.BatchNormalization(epsilon=0.01, name="norm")(x)
    y = layers.DepthwiseConv2D(3, padding="same", activation="relu", name="deep")(x)
    x = layers.Add(name="add")([x, y])
    x = layers.Flatten(name="flatten")(layers.AveragePooling2D(2, name="pool")(x))
    x = layers.Dropout(0.5, name="dropout")(x)
    model = keras.Model(image, layers.Dense(outputs, activation="softmax", name="class")(x))
    rng = np.random.default_rng(1)
    model.set_weights([rng.uniform(0.1, 1, weight.shape) for weight in model.get_weights()])
    return model


@pytest.mark.parametrize("ending", ["mine.keras", "mine.h5", "saved"])
@pytest.mark.parametrize("library", ["keras", "keras3"])
def test_a_file_gives_the_model_that_was_saved(
    tmp_path: Path,
    samples: dict[str, Any],
    ending: str,
    library: str,
    request: pytest.FixtureRequest,
    keras: Any,
) -> None:
    saved = network(request.getfixturevalue(library))
    path = tmp_path / ending
    if library == "keras3" and ending == "saved":
        saved.export(path)
    else:
        saved.save(path)
    if ending != "mine.keras":
        with pytest.raises(InputError, match=r"model\.file = .*Python code.*trust = true"):
            load_data(plan_of({"file": str(path)}, samples))
    plan = plan_of({"file": str(path)}, samples, trust=ending != "mine.keras")
    data = load_data(plan)
    if library == "keras3" and ending == "saved":
        with pytest.raises(InputError, match=r"holds no Keras model.*convert it to \.tflite"):
            build_base(plan, data)
        return
    model = build_base(plan, data)
    assert isinstance(model, keras.Model)
    assert [layer.name for layer in model.layers] == [layer.name for layer in saved.layers]
    expected = np.asarray(saved(data.test.x, training=False))
    np.testing.assert_allclose(model(data.test.x, training=False), expected, atol=1e-6)


def test_a_function_may_return_a_model_of_keras_3(
    keras3: Any, keras: Any, samples: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from models import digits_cnn

    plan = plan_of({"entry": "models.digits_cnn:build"}, samples)
    monkeypatch.setattr(digits_cnn, "build", lambda: network(keras3))
    assert isinstance(build_base(plan, load_data(plan)), keras.Model)


def subclassed(keras: Any) -> Any:
    class Own(keras.Model):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.dense = keras.layers.Dense(3)

        def call(self, x: Any) -> Any:
            return self.dense(keras.layers.Flatten()(x))

    model = Own()
    model(np.zeros((1, *SHAPE), np.float32))
    return model


def foreign(keras: Any) -> Any:
    class Wobble(keras.layers.Layer):  # type: ignore[misc]
        def call(self, x: Any) -> Any:
            return x + 1

    layers = keras.layers
    stack = [layers.Input(SHAPE), Wobble(name="wobble"), layers.Flatten(), layers.Dense(3)]
    return keras.Sequential(stack)


def two_inputs(keras: Any) -> Any:
    ends = [keras.layers.Input((3,)), keras.layers.Input((3,))]
    return keras.Model(ends, keras.layers.Add()(ends))


@pytest.mark.parametrize(
    ("library", "make", "message"),
    [
        ("keras", subclassed, "is a subclassed model: how its layers are connected cannot"),
        ("keras3", subclassed, "is a subclassed model of Keras 3: its layers cannot be read"),
        ("keras3", foreign, "layer 'wobble' is a Wobble of Keras 3, which tf_keras does not have"),
        ("keras", two_inputs, "the model has 2 inputs and 1 outputs"),
        ("keras", lambda k: network(k, 4), "maps (6, 6, 1) to (4,), the data set needs (6, 6, 1)"),
        ("keras", lambda k: k.Sequential([k.layers.Dense(3)]), "without input size; start it with"),
        ("keras", lambda _: "text", "build() returned builtins's str; return a model of tf_keras"),
    ],
)
def test_a_model_that_cannot_be_used(
    library: str,
    make: Any,
    message: str,
    samples: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    from models import digits_cnn

    made = make(request.getfixturevalue(library))
    monkeypatch.setattr(digits_cnn, "build", lambda: made)
    plan = plan_of({"entry": "models.digits_cnn"}, samples)
    with pytest.raises(InputError, match=re.escape(message)):
        build_base(plan, load_data(plan))


def test_a_file_with_layers_of_ones_own_says_what_to_do(
    tmp_path: Path, keras: Any, samples: dict[str, Any]
) -> None:
    path = tmp_path / "mine.keras"
    foreign(keras).save(path)
    plan = plan_of({"file": str(path)}, samples)
    with pytest.raises(InputError, match=r"names code that is not a layer of Keras"):
        build_base(plan, load_data(plan))
    plan = plan.trusted_by(True)
    with pytest.raises(InputError, match=r"cannot be read.*entry = \"module:function\""):
        build_base(plan, load_data(plan))


@pytest.mark.usefixtures("keras")
@pytest.mark.parametrize("content", [b"", b"junk", None])
def test_a_broken_model_file(
    tmp_path: Path, samples: dict[str, Any], content: bytes | None
) -> None:
    path = tmp_path / "mine.keras"
    if content is None:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("metadata.json", json.dumps({"keras_version": "3.1.0"}))
    else:
        path.write_bytes(content)
    plan = plan_of({"file": str(path)}, samples, trust=True)
    with pytest.raises(InputError, match="this model cannot be read"):
        build_base(plan, load_data(plan))


def of_entry(monkeypatch: pytest.MonkeyPatch, made: object) -> Plan:
    from models import digits_cnn

    monkeypatch.setattr(digits_cnn, "dataset", lambda: made)
    return plan_of({"entry": "models.digits_cnn"})


def test_samples_from_a_function(monkeypatch: pytest.MonkeyPatch) -> None:
    data = load_data(of_entry(monkeypatch, (np.zeros((20, 2)), np.arange(20) % 2)))
    assert (len(data.train.x), len(data.validation.x), len(data.test.x)) == (12, 4, 4)
    assert load_data(of_entry(monkeypatch, data)) == data
    with pytest.raises(InputError, match=r"dataset\(\) returned int; return a harness"):
        load_data(of_entry(monkeypatch, 3))
    with pytest.raises(DataError, match="samples hold NaN"):
        load_data(of_entry(monkeypatch, (np.full((20, 2), np.nan), np.arange(20) % 2)))


def test_files_count_by_their_content(tmp_path: Path, samples: dict[str, Any]) -> None:
    plan = plan_of({"entry": "models.digits_cnn:build"}, samples)
    first = sources_digest(plan)
    assert set(first) == {"model", "data"}
    Path(samples["file"]).touch()
    assert sources_digest(plan) == first
    np.savez(samples["file"], x=np.zeros((20, 2)), y=np.zeros(20))
    assert sources_digest(plan)["data"] != first["data"]
    (tmp_path / "images" / "cat").mkdir(parents=True)
    folder = plan_of({"entry": "models.digits_cnn:build"}, {"file": str(tmp_path / "images")})
    first = sources_digest(folder)
    (tmp_path / "images" / "cat" / "a.png").touch()
    assert sources_digest(folder) != first
