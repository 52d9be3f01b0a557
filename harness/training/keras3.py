"""Models of Keras 3 made anew in tf_keras, which is what tfmot prunes."""

from __future__ import annotations

from typing import Any

import numpy as np

from harness.errors import InputError
from harness.training.keras_ops import as_tensorflow, is_function

PROBES = 4
# Of a configuration inside a configuration, such as that of a wrapped layer.
ONLY_KERAS3 = ("module", "registered_name", "build_config", "dtype")
TOLERANCE = 1e-4
REMEDY = (
    "save it with tf_keras (TF_USE_LEGACY_KERAS=1), write it as a function with tf_keras layers "
    '(docs/add-a-model.md), or convert it to .tflite and name that: then only method = "none"'
)


def to_tf_keras(model: Any, where: str) -> Any:
    """A tf_keras model of the same layers and weights, held to the same answers.

    Raises InputError where a layer has no counterpart, or where the answers differ.
    """
    import tf_keras as keras

    functional = getattr(model, "_functional", model)  # of a Sequential
    if not hasattr(functional, "_run_through_graph"):
        raise InputError(
            f"'{model.name}' is a subclassed model of Keras 3: its layers cannot be read",
            where=where,
            hint=REMEDY,
        )
    made: dict[str, Any] = {}

    def counterpart(layer: Any) -> Any:
        if layer.name not in made:
            made[layer.name] = _layer(layer, where)
        return made[layer.name]

    _compute_in_float32(model)

    inputs = [keras.Input(tensor.shape[1:], name=tensor.name) for tensor in model.inputs]
    try:
        outputs = functional._run_through_graph(inputs, operation_fn=counterpart)
        rebuilt = keras.Model(inputs, outputs, name=model.name)
        for layer in model.layers:
            if layer.name in made and not _nested(layer):
                made[layer.name].set_weights(layer.get_weights())
    except (TypeError, ValueError, AttributeError) as error:
        first = (str(error).splitlines() or [""])[0]
        raise InputError(
            f"this Keras 3 model cannot be made anew in tf_keras: {first}", where=where, hint=REMEDY
        ) from error
    _check_same(model, rebuilt, where)
    return rebuilt


def _compute_in_float32(model: Any) -> None:
    """Leave mixed precision: tf_keras and the converter get float32, and so do the answers."""
    for layer in model._flatten_layers():
        if layer.dtype_policy.compute_dtype in ("float16", "bfloat16"):
            layer.dtype_policy = "float32"


def _nested(layer: Any) -> bool:
    """True for a model used as a layer."""
    return hasattr(getattr(layer, "_functional", layer), "_run_through_graph")


def _layer(layer: Any, where: str) -> Any:
    import tf_keras as keras

    name = type(layer).__name__
    if is_function(layer):
        function = as_tensorflow(layer)
        if function is None:
            raise InputError(
                f"'{layer.name}' is the function {name} of keras.ops, which is not converted to "
                "tf_keras",
                where=where,
                hint=REMEDY,
            )
        return function
    if _nested(layer):
        return to_tf_keras(layer, where)
    kind = getattr(keras.layers, name, None)
    if kind is None or not type(layer).__module__.startswith("keras."):
        raise InputError(
            f"layer '{layer.name}' is a {name} of Keras 3, which tf_keras does not have",
            where=where,
            hint=REMEDY,
        )
    config = {
        key: _plain(value)
        for key, value in layer.get_config().items()
        if value is not None and key != "dtype"
    }
    return kind.from_config(config)


def _plain(value: Any) -> Any:
    """A configuration without what only Keras 3 knows of it: modules and unset arguments."""
    if isinstance(value, dict):
        return {
            key: _plain(item)
            for key, item in value.items()
            if item is not None and key not in ONLY_KERAS3
        }
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


def _check_same(model: Any, rebuilt: Any, where: str) -> None:
    generator = np.random.default_rng(0)
    probe = [
        generator.uniform(-1, 1, (PROBES, *tensor.shape[1:])).astype(np.float32)
        for tensor in rebuilt.inputs
    ]
    given = probe[0] if len(probe) == 1 else probe
    before, after = (np.asarray(net(given, training=False)) for net in (model, rebuilt))
    off = float(np.abs(before - after).max())
    if not off <= TOLERANCE * max(1.0, float(np.abs(before).max())):
        raise InputError(
            f"made anew in tf_keras this Keras 3 model answers otherwise, by up to {off:.2g}",
            where=where,
            hint=REMEDY,
        )
