"""Several copies of one model computed together: many small trainings at the price of a few.

Every weight has a leading axis of copies, every activation (copies, samples, ...). Convolutions are
products of patches with kernels, batched over the copies. Inputs have one copy that all share.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from harness.errors import InputError

_INT8_MAX = 127.0


class StackedNet:
    """`count` copies of a Sequential or functional tf_keras model, with weights of their own.

    `weights[layer, attribute]`: (count, *shape) variables; all copies start with the model's
    values. `moving`: those that are no parameters, the statistics of BatchNormalization. Raises
    InputError for a layer that cannot be stacked.
    """

    def __init__(self, model: Any, count: int) -> None:
        self.count = count
        self.weights: dict[tuple[str, str], Any] = {}
        self.moving: dict[tuple[str, str], Any] = {}
        self._model = model
        by_depth = model._nodes_by_depth
        nodes = [node for depth in sorted(by_depth, reverse=True) for node in by_depth[depth]]
        self._steps: list[tuple[Any, list[int], int]] = []
        for node in nodes:
            self._check(node.layer, model)
            inputs = [id(tensor) for tensor in node.keras_inputs]
            self._steps.append((node.layer, inputs, id(node.outputs)))
            if inputs:
                self._add(node.layer)

    def _check(self, layer: Any, model: Any) -> None:
        kind = type(layer).__name__
        plain = (
            getattr(layer, "groups", 1) == 1
            and tuple(getattr(layer, "dilation_rate", (1, 1))) == (1, 1)
            and getattr(layer, "depth_multiplier", 1) == 1
            and getattr(layer, "data_format", "channels_last") == "channels_last"
        )
        if kind not in (*_HANDLERS, "InputLayer", "Dropout") or not plain:
            raise InputError(
                f"layer '{layer.name}' ({kind}) cannot be trained in a stack of copies",
                where=model.name,
                hint=f"layers that can: {', '.join(sorted(_HANDLERS))}, without groups, dilation "
                "and depth multiplier",
            )

    def _add(self, layer: Any) -> None:
        import tensorflow as tf

        for attribute in ATTRIBUTES:
            variable = getattr(layer, attribute, None)
            if variable is None or not hasattr(variable, "numpy"):
                continue
            first = np.repeat(variable.numpy()[np.newaxis], self.count, axis=0)
            group = self.moving if attribute.startswith("moving") else self.weights
            group[layer.name, attribute] = tf.Variable(first)

    def logits(self, x: Any, *, training: bool, quantised: bool = False) -> Any:
        """Return (count, N, classes) for samples (N, ...): the outputs before the last softmax.

        `quantised`: kernels are rounded to int8, a scale per unit; gradients pass as they are.
        """
        known: dict[int, Any] = {}
        output = None
        for layer, inputs, result in self._steps:
            kind = type(layer).__name__
            given = [known[index] for index in inputs]
            if kind == "InputLayer":
                output = x[None]
            elif kind == "Dropout":
                output = given[0]
            else:
                output = _HANDLERS[kind](_Layer(self, layer, training, quantised), given)
            known[result] = output
        return output

    def values(self, copy: int) -> dict[tuple[str, str], np.ndarray]:
        """Return the weights and statistics of one copy."""
        every = self.weights | self.moving
        return {key: variable[copy].numpy() for key, variable in every.items()}

    def put_into(self, model: Any, copy: int) -> None:
        """Give a model of the same layers the weights of one copy."""
        for (layer, attribute), value in self.values(copy).items():
            getattr(model.get_layer(layer), attribute).assign(value)


ATTRIBUTES = (
    *("kernel", "depthwise_kernel", "bias", "gamma", "beta"),
    *("moving_mean", "moving_variance"),
)


class _Layer:
    """One layer's parameters while it is computed."""

    def __init__(self, net: StackedNet, layer: Any, training: bool, quantised: bool) -> None:
        self.net, self.layer, self.training, self.quantised = net, layer, training, quantised

    def get(self, attribute: str) -> Any:
        """Return a weight, None where the layer has none of that name."""
        key = (self.layer.name, attribute)
        return self.net.weights.get(key, self.net.moving.get(key))

    def kernel(self, attribute: str, unit_axis: int) -> Any:
        """Return a kernel, rounded to int8 where the net is computed so."""
        import tensorflow as tf

        kernel = self.get(attribute)
        if not self.quantised:
            return tf.convert_to_tensor(kernel)
        rank = len(kernel.shape)
        axes = [axis for axis in range(1, rank) if axis != rank + unit_axis]
        scale = tf.reduce_max(tf.abs(kernel), axis=axes, keepdims=True) / _INT8_MAX
        scale = tf.maximum(scale, 1e-12)
        return kernel + tf.stop_gradient(tf.round(kernel / scale) * scale - kernel)

    def finished(self, sums: Any) -> Any:
        """Return sums (copies, N, ..., units) with bias and activation; a softmax is left out."""
        import tensorflow as tf

        bias = self.get("bias")
        if bias is not None:
            shape = (self.net.count, *([1] * (len(sums.shape) - 2)), -1)
            sums = sums + tf.reshape(bias, shape)
        return self.activated(sums)

    def activated(self, sums: Any) -> Any:
        """Return the layer's activation of the sums."""
        used = getattr(self.layer, "activation", None)
        if used is None or used.__name__ in ("linear", "softmax"):
            return sums
        return used(sums)


def _conv(own: _Layer, given: list[Any]) -> Any:
    import tensorflow as tf

    kernel = own.kernel("kernel", -1)
    _, height, width, inputs, units = kernel.shape
    pieces = _pieces(given[0], own.layer, height, width)
    patches = tf.concat(pieces, axis=-1)
    copies, samples, rows, columns, taps = _sizes(patches)
    flat = tf.reshape(patches, (copies, samples * rows * columns, taps))
    sums = tf.matmul(flat, tf.reshape(kernel, (-1, height * width * inputs, units)))
    return own.finished(tf.reshape(sums, (-1, samples, rows, columns, units)))


def _depthwise(own: _Layer, given: list[Any]) -> Any:
    kernel = own.kernel("depthwise_kernel", -2)
    _, height, width, _, _ = kernel.shape
    pieces = _pieces(given[0], own.layer, height, width)
    sums = sum(
        piece * _spread(kernel[:, at // width, at % width, :, 0]) for at, piece in enumerate(pieces)
    )
    return own.finished(sums)


def _spread(values: Any) -> Any:
    """Return (copies, channels) for images (copies, N, rows, columns, channels)."""
    return values[:, None, None, None, :]


def _pieces(x: Any, layer: Any, height: int, width: int) -> list[Any]:
    """Return the input under each tap of the kernel, as (copies, N, rows, columns, channels)."""
    import tensorflow as tf

    (step_y, step_x), same = layer.strides, layer.padding == "same"
    in_h, in_w = x.shape[2], x.shape[3]
    out_h, top = _along(in_h, height, step_y, same)
    out_w, left = _along(in_w, width, step_x, same)
    if same:
        below = max(0, (out_h - 1) * step_y + height - in_h - top)
        right = max(0, (out_w - 1) * step_x + width - in_w - left)
        x = tf.pad(x, ((0, 0), (0, 0), (top, below), (left, right), (0, 0)))
    ends = ((out_h - 1) * step_y + 1, (out_w - 1) * step_x + 1)
    return [
        x[:, :, i : i + ends[0] : step_y, j : j + ends[1] : step_x]
        for i in range(height)
        for j in range(width)
    ]


def _along(size: int, kernel: int, step: int, same: bool) -> tuple[int, int]:
    """Return the outputs along an axis and the padding before it, as TensorFlow counts."""
    if not same:
        return (size - kernel) // step + 1, 0
    outputs = -(-size // step)
    return outputs, max(0, (outputs - 1) * step + kernel - size) // 2


def _dense(own: _Layer, given: list[Any]) -> Any:
    import tensorflow as tf

    return own.finished(tf.matmul(given[0], own.kernel("kernel", -1)))


def _norm(own: _Layer, given: list[Any]) -> Any:
    import tensorflow as tf

    x, layer = given[0], own.layer
    shape = (-1, *([1] * (len(x.shape) - 2)), x.shape[-1])
    mean, variance = own.get("moving_mean"), own.get("moving_variance")
    if own.training:
        axes = list(range(1, len(x.shape) - 1))
        now, spread = tf.nn.moments(x, axes)
        for moving, value in ((mean, now), (variance, spread)):
            moving.assign(moving * layer.momentum + value * (1 - layer.momentum))
        mean, variance = now, spread
    result = (x - tf.reshape(mean, shape)) * tf.math.rsqrt(
        tf.reshape(variance, shape) + layer.epsilon
    )
    gamma, beta = own.get("gamma"), own.get("beta")
    result = result if gamma is None else result * tf.reshape(gamma, shape)
    return result if beta is None else result + tf.reshape(beta, shape)


def _pool(own: _Layer, given: list[Any]) -> Any:
    import tensorflow as tf

    x, layer = given[0], own.layer
    copies, samples = tf.shape(x)[0], tf.shape(x)[1]
    flat = tf.reshape(x, (copies * samples, *x.shape[2:]))
    kind = "MAX" if type(layer).__name__.startswith("Max") else "AVG"
    pooled = tf.nn.pool(
        flat, layer.pool_size, kind, strides=layer.strides, padding=layer.padding.upper()
    )
    return tf.reshape(pooled, (copies, samples, *pooled.shape[1:]))


def _global(own: _Layer, given: list[Any]) -> Any:
    import tensorflow as tf

    keep = bool(getattr(own.layer, "keepdims", False))
    reduce = tf.reduce_max if "Max" in type(own.layer).__name__ else tf.reduce_mean
    return reduce(given[0], axis=[2, 3], keepdims=keep)


def _flatten(own: _Layer, given: list[Any]) -> Any:
    import tensorflow as tf

    del own
    x = given[0]
    return tf.reshape(x, (tf.shape(x)[0], tf.shape(x)[1], int(np.prod(x.shape[2:]))))


def _add(own: _Layer, given: list[Any]) -> Any:
    del own
    return sum(given[1:], given[0])


def _itself(own: _Layer, given: list[Any]) -> Any:
    """ReLU and its like: the layer works on each element."""
    return own.layer(given[0])


def _sizes(x: Any) -> tuple[Any, ...]:
    import tensorflow as tf

    shape = tf.shape(x)
    return tuple(shape[axis] if size is None else size for axis, size in enumerate(x.shape))


_HANDLERS: dict[str, Callable[[_Layer, list[Any]], Any]] = {
    "Conv2D": _conv,
    "DepthwiseConv2D": _depthwise,
    "Dense": _dense,
    "BatchNormalization": _norm,
    "MaxPooling2D": _pool,
    "AveragePooling2D": _pool,
    "GlobalAveragePooling2D": _global,
    "GlobalMaxPooling2D": _global,
    "Flatten": _flatten,
    "Add": _add,
    "ReLU": _itself,
    "Activation": lambda own, given: own.activated(given[0]),
    "Softmax": lambda _, given: given[0],
}
