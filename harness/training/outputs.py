"""The scored output of a model: its only one, or the first of several."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from harness.errors import InputError
from harness.nearest import nearest
from harness.training.kernels import is_nested


def scored(outputs: Any) -> Any:
    """Return what is scored of all that a model puts out: training and answers see this alone."""
    return outputs[0] if isinstance(outputs, list | tuple) else outputs


def scored_first(model: Any, name: str | None, where: str) -> Any:
    """Return the model with the output `name` before the others; weights are shared.

    Outputs are named by the layers that make them. Raises InputError where there is no such
    output, or where there are several and none is named.
    """
    import tf_keras as keras

    names = list(model.output_names)
    if name is None and len(names) > 1:
        raise InputError(
            f"the model has {len(names)} outputs: {', '.join(names)}",
            where=where,
            hint='name the one that is scored: [model] output = "…"',
        )
    if name is None or names[0] == name:
        return model
    if name not in names:
        raise InputError(
            f"the model has no output '{name}'{nearest(name, names)}",
            where=f"{where}, output",
            hint=f"its outputs are {', '.join(names)}",
        )
    place = names.index(name)
    others = [tensor for index, tensor in enumerate(model.outputs) if index != place]
    return keras.Model(model.inputs, [model.outputs[place], *others], name=model.name)


def scored_layer(model: Any) -> Any:
    """Return the layer that makes the scored output, inside nested models and wrappers too."""
    last = model.layers[-1]
    if len(model.outputs) > 1:
        last = model.outputs[0]._keras_history.layer
    if is_nested(last):
        return scored_layer(last)
    return getattr(last, "layer", last)  # inside tfmot's wrapper


def in_order(tflite: bytes, names: Sequence[str]) -> bytes:
    """Return the file with its outputs in the order of `names`, those of its signature.

    TensorFlow orders several outputs by its own rule, whatever the order of the model's.
    """
    if len(names) < 2:
        return tflite
    from tensorflow.lite.tools import flatbuffer_utils

    model = flatbuffer_utils.convert_bytearray_to_object(bytearray(tflite))
    placed = {output.name.decode(): output.tensorIndex for output in model.signatureDefs[0].outputs}
    model.subgraphs[0].outputs = [placed[name] for name in names]
    return bytes(flatbuffer_utils.convert_object_to_bytearray(model))
