"""Makes the golden models of this folder; run once, the files are committed.

    TF_USE_LEGACY_KERAS=1 python tests/data/make_golden.py

Training is not reproducible from one processor to another: tests compare against the committed
files, never against a new run of this script.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ["TF_USE_LEGACY_KERAS"] = "1"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import tensorflow as tf
import tf_keras as keras
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

FOLDER = Path(__file__).parent
SEED = 20
layers = keras.layers


def data() -> tuple[Any, Any, Any, Any]:
    digits = load_digits()
    x = (digits.images / 16.0).astype(np.float32)[..., None]
    y = digits.target.astype(np.int32)
    return tuple(train_test_split(x, y, test_size=360, stratify=y, random_state=SEED))


def digits_cnn() -> Any:
    return keras.Sequential(
        [
            keras.Input((8, 8, 1), batch_size=1, name="image"),
            layers.Conv2D(8, 3, activation="relu", name="conv"),
            layers.MaxPooling2D(name="pool"),
            layers.Flatten(name="flatten"),
            layers.Dense(100, activation="relu", name="hidden"),
            layers.Dense(10, activation="softmax", name="scores"),
        ],
        name="digits",
    )


def dscnn() -> Any:
    return keras.Sequential(
        [
            keras.Input((8, 8, 1), batch_size=1, name="image"),
            layers.Conv2D(12, 3, padding="same", activation="relu", name="stem"),
            layers.DepthwiseConv2D(3, padding="same", activation="relu6", name="dw1"),
            layers.Conv2D(20, 1, activation="relu", name="pw1"),
            layers.DepthwiseConv2D(
                3, strides=2, padding="same", depth_multiplier=2, activation="relu", name="dw2"
            ),
            layers.Conv2D(24, 1, activation="relu6", name="pw2"),
            layers.AveragePooling2D(4, name="mean"),
            layers.Flatten(name="flatten"),
            layers.Dense(10, activation="softmax", name="scores"),
        ],
        name="dscnn",
    )


def resnet() -> Any:
    image = keras.Input((8, 8, 1), batch_size=1, name="image")
    stem = layers.Conv2D(8, 3, padding="same", activation="relu", name="stem")(image)
    x = layers.DepthwiseConv2D(3, padding="same", activation="relu", name="dw1")(stem)
    x = layers.Conv2D(8, 1, name="pw1")(x)
    block = layers.ReLU(name="relu1")(layers.Add(name="add1")([stem, x]))
    x = layers.Conv2D(16, 3, strides=2, padding="same", activation="relu", name="conv2")(block)
    x = layers.Conv2D(16, 3, dilation_rate=2, padding="same", name="conv3")(x)
    short = layers.Conv2D(16, 1, strides=2, name="short")(block)
    x = layers.ReLU(name="relu2")(layers.Add(name="add2")([x, short]))
    x = layers.Flatten(name="flatten")(layers.AveragePooling2D(4, name="mean")(x))
    scores = layers.Dense(10, activation="softmax", name="scores")(x)
    return keras.Model(image, scores, name="resnet")


def train(build: Callable[[], Any], x: Any, y: Any, *, sparsity: float = 0) -> Any:
    keras.utils.set_random_seed(SEED)
    built = build()
    # the file's batch is 1; training wants a free one, with the same weights
    config = built.get_config()
    config["layers"][0]["config"]["batch_input_shape"] = (None, 8, 8, 1)
    model = built.__class__.from_config(config)
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x, y, epochs=60, batch_size=32, verbose=0)
    weights = model.get_weights()
    for share in np.linspace(0, sparsity, 9)[1:] if sparsity else ():
        model.set_weights(keep_largest(model.get_weights(), share))
        model.fit(x, y, epochs=4, batch_size=32, verbose=0)
        weights = keep_largest(model.get_weights(), share)
    built.set_weights(weights)
    return built


def keep_largest(weights: list[Any], sparsity: float) -> list[Any]:
    """Kernels without their smallest weights; biases stay."""
    return [
        np.where(np.abs(w) >= np.quantile(np.abs(w), sparsity), w, 0) if w.ndim > 1 else w
        for w in weights
    ]


def convert(model: Any, samples: Any, *, int8: bool, per_tensor_dense: bool = False) -> bytes:
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    if int8:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = lambda: ([sample[None]] for sample in samples[:200])
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = converter.inference_output_type = tf.int8
        converter._experimental_disable_per_channel_quantization_for_dense_layers = per_tensor_dense
    return bytes(converter.convert())


def main() -> None:
    x_train, x_test, y_train, y_test = data()
    np.savez_compressed(FOLDER / "digits_test.npz", x=x_test, y=y_test)
    for name, build in (("digits", digits_cnn), ("dscnn", dscnn), ("resnet", resnet)):
        model = train(build, x_train, y_train)
        write(f"{name}_float32", convert(model, x_train, int8=False))
        write(f"{name}_int8", convert(model, x_train, int8=True))
        if name == "digits":
            tensorwise = convert(model, x_train, int8=True, per_tensor_dense=True)
            write("digits_int8_pertensor", tensorwise)
            sparse = train(build, x_train, y_train, sparsity=0.8)
            write("digits_sparse_int8", convert(sparse, x_train, int8=True))


def write(name: str, data: bytes) -> None:
    (FOLDER / f"{name}.tflite").write_bytes(data)


if __name__ == "__main__":
    main()
