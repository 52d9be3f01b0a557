"""Layers with weights: shapes and types, checked for the kernels of all types."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from harness.codegen.graph import Array, Tensor
from harness.codegen.lower.common import SIZE_MAX
from harness.codegen.operands import Operands, data_of, require
from harness.codegen.options import ConvOptions, FullyConnectedOptions
from harness.codegen.structs import Window
from harness.codegen.window import window_of


@dataclass(frozen=True, eq=False)
class ConvSite:
    """A convolution; `weights` in the file's layout, output channels along `axis`."""

    window: Window
    weights: Array
    axis: int

    @property
    def by_channel(self) -> Array:
        """Weights as [channels][...]."""
        return np.moveaxis(self.weights, self.axis, 0)


@dataclass(frozen=True, eq=False)
class DenseSite:
    """A fully connected layer of `rows` inputs; `weights` are [outputs][depth]."""

    rows: int
    weights: Array

    @property
    def outputs(self) -> int:
        """Number of outputs of a row."""
        return int(self.weights.shape[0])

    @property
    def depth(self) -> int:
        """Number of inputs of a row."""
        return int(self.weights.shape[1])


def conv_site(op: Operands, dtype: str, image: int = 0) -> ConvSite:
    """Return CONV_2D with weights of that type; input `image` has the image's shape."""
    weights = weights_of(op, dtype)
    require(len(weights.shape) == 4, "weights without 4 dimensions")
    channels, kernel_h, kernel_w, depth = weights.shape
    source, options = op.activation(image), op.options(ConvOptions)
    window = window_of(source, op.output, options, (kernel_h, kernel_w), channels)
    require(depth == window.in_c, f"grouped convolution ({window.in_c} channels in, {depth} each)")
    return ConvSite(window, data_of(weights), axis=0)


def depthwise_site(op: Operands, dtype: str, image: int = 0) -> ConvSite:
    """Return DEPTHWISE_CONV_2D with weights of that type, likewise."""
    weights = weights_of(op, dtype)
    require(len(weights.shape) == 4 and weights.shape[0] == 1, "weights of a strange shape")
    _, kernel_h, kernel_w, channels = weights.shape
    source, options = op.activation(image), op.options(ConvOptions)
    window = window_of(source, op.output, options, (kernel_h, kernel_w), channels)
    require(channels % window.in_c == 0, f"{channels} channels out of {window.in_c}")
    return ConvSite(window, data_of(weights), axis=3)


def dense_site(op: Operands, dtype: str, source: int = 0) -> DenseSite:
    """Return FULLY_CONNECTED with weights of that type; input `source` has all rows."""
    weights = weights_of(op, dtype)
    require(not op.options(FullyConnectedOptions).shuffled_weights, "shuffled weights")
    require(len(weights.shape) == 2, "weights without 2 dimensions")
    outputs, depth = weights.shape
    elements = op.activation(source).elements
    require(elements % depth == 0, f"{elements} inputs for rows of {depth}")
    rows = elements // depth
    require(op.output.elements == rows * outputs, f"output shape {op.output.shape}")
    require(max(rows, outputs, depth) <= SIZE_MAX, "a size above 65535")
    return DenseSite(rows, data_of(weights))


def weights_of(op: Operands, dtype: str, inputs: int = 0) -> Tensor:
    """Return the weights, input 1, in that type; input `inputs` is multiplied by them."""
    weights, source = op.constant(1), op.activation(inputs)
    require(weights.dtype == dtype, f"{weights.dtype} weights with {source.dtype} inputs (hybrid)")
    return weights
