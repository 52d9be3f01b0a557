"""Functions of `keras.ops` in a Keras 3 model, as functions of TensorFlow."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import getitem
from typing import Any

# The class of the operation → what makes a function of TensorFlow from it.
Maker = Callable[[Any, Any], Callable[..., Any]]


def _same(name: str) -> Maker:
    """An operation without options, by its name in TensorFlow."""

    def make(tf: Any, _: Any) -> Callable[..., Any]:
        module, _, function = name.rpartition(".")
        found: Callable[..., Any] = getattr(getattr(tf, module) if module else tf, function)
        return found

    return make


def _reduced(name: str) -> Maker:
    def make(tf: Any, op: Any) -> Callable[..., Any]:
        function = getattr(tf, name)
        return lambda x: function(x, axis=op.axis, keepdims=op.keepdims)

    return make


OPERATIONS: Mapping[str, Maker] = {
    **{name: _same(f"math.{name.lower()}") for name in ("Add", "Subtract", "Multiply", "Divide")},
    **{name: _same(f"math.{name.lower()}") for name in ("Maximum", "Minimum", "Abs", "Exp", "Log")},
    **{name: _same(f"math.{name.lower()}") for name in ("Sqrt", "Rsqrt", "Square", "Negative")},
    **{name: _same(f"math.{name.lower()}") for name in ("Sin", "Cos", "Tanh", "Sigmoid")},
    "TrueDivide": _same("math.divide"),
    "Absolute": _same("math.abs"),
    "Power": _same("math.pow"),
    "Matmul": _same("linalg.matmul"),
    "Relu": _same("nn.relu"),
    "Relu6": _same("nn.relu6"),
    "Mean": _reduced("reduce_mean"),
    "Sum": _reduced("reduce_sum"),
    "Max": _reduced("reduce_max"),
    "Min": _reduced("reduce_min"),
    "Softmax": lambda tf, op: lambda x: tf.nn.softmax(x, axis=op.axis),
    "Reshape": lambda tf, op: lambda x: tf.reshape(x, [_open(each) for each in op.newshape]),
    "Transpose": lambda tf, op: lambda x: tf.transpose(x, perm=op.axes),
    "ExpandDims": lambda tf, op: lambda x: tf.expand_dims(x, axis=op.axis),
    "Squeeze": lambda tf, op: lambda x: tf.squeeze(x, axis=op.axis),
    "Concatenate": lambda tf, op: lambda xs: tf.concat(xs, axis=op.axis),
    "Stack": lambda tf, op: lambda xs: tf.stack(xs, axis=op.axis),
    "Clip": lambda tf, op: lambda x: tf.clip_by_value(x, op.x_min, op.x_max),
    "GetItem": lambda *_: getitem,
}


def _open(size: int | None) -> int:
    return -1 if size is None else size


def is_function(operation: Any) -> bool:
    """Return True for an operation of a Keras 3 graph that is no layer."""
    import keras

    return not isinstance(operation, keras.layers.Layer)


def as_tensorflow(operation: Any) -> Callable[..., Any] | None:
    """Return the function of TensorFlow that does the same; None where there is none here."""
    import tensorflow as tf

    make = OPERATIONS.get(type(operation).__name__)
    if make is None or not type(operation).__module__.startswith("keras.src.ops."):
        return None
    return make(tf, operation)
