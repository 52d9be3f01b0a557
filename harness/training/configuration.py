"""Copies of tf_keras models whose layers have another configuration, inner layers too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Change = Callable[[str, dict[str, Any]], dict[str, Any]]


def rebuilt(model: Any, change: Change, *, batch: int | None = None) -> Any:
    """A copy of `model` with its weights; `change(kind, configuration)` gives each layer's.

    It is asked for the layers inside nested models and wrappers, too, by the name of their class.
    `batch`: the size of the batch of all inputs, None leaves it as it is.
    """
    import tf_keras as keras

    def copied(layer: Any) -> Any:
        return type(layer).from_config(_inside(type(layer).__name__, layer.get_config(), change))

    inputs = None
    if batch is not None:
        inputs = [
            keras.Input(batch_shape=(batch, *each.shape[1:]), dtype=each.dtype, name=name)
            for each, name in zip(model.inputs, model.input_names, strict=True)
        ]
    copy = keras.models.clone_model(model, input_tensors=inputs, clone_function=copied)
    copy.set_weights(model.get_weights())
    return copy


def _inside(kind: str, config: dict[str, Any], change: Change) -> dict[str, Any]:
    inner = {key: _searched(value, change) for key, value in config.items()}
    return change(kind, inner)


def _searched(value: Any, change: Change) -> Any:
    if isinstance(value, dict):
        if isinstance(value.get("config"), dict) and "class_name" in value:
            config = _inside(str(value["class_name"]), value["config"], change)
            return value | {"config": config}
        return {key: _searched(item, change) for key, item in value.items()}
    if isinstance(value, list | tuple):
        found = [_searched(item, change) for item in value]  # a list of TensorFlow's own, too
        return tuple(found) if isinstance(value, tuple) else found
    return value
