"""Writes a network as a `.tflite` file; layers that do not fit their input shrink until they do."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from tests.engine.network_layers import ACTIVATIONS, PADDINGS, Layer, Network
from tests.engine.tflite_builder import TfliteBuilder


@dataclass
class NetworkWriter:
    """Writes the layers one after the other; `write` is called once."""

    network: Network
    builder: TfliteBuilder = field(default_factory=TfliteBuilder)

    def __post_init__(self) -> None:
        self.rng = np.random.default_rng(self.network.seed)
        self.dtype = "int8" if self.network.quantised else "float32"

    def write(self) -> bytes:
        ends = self.network.quantised and self.network.float_ends
        shape = (1, *self.network.shape)
        self.scale, self.zero_point = self._scale(0.03), int(self.rng.integers(-128, 128))
        self.shape = shape
        if ends:
            start = self.builder.tensor("float32", shape)
            self.current = self._activation(shape)
            self.builder.operator("QUANTIZE", [start], [self.current])
        else:
            start = self.current = self._activation(shape)
        for layer in self.network.layers:
            getattr(self, f"_{layer.kind}")(layer)
        if ends:
            end = self.builder.tensor("float32", self.shape)
            self.builder.operator("DEQUANTIZE", [self.current], [end])
            self.current = end
        self.builder.inputs, self.builder.outputs = [start], [self.current]
        if start == self.current:
            self._requantize(self.network.layers[0])
            self.builder.outputs = [self.current]
        return self.builder.build()

    def _scale(self, middle: float) -> float:
        return float(np.float32(middle * 2 ** self.rng.uniform(-1, 1)))

    def _activation(self, shape: tuple[int, ...]) -> int:
        if self.dtype == "float32":
            return self.builder.tensor("float32", shape)
        return self.builder.tensor(
            "int8", shape, scales=[self.scale], zero_points=[self.zero_point]
        )

    def _append(self, kind: str, inputs: list[int], shape: tuple[int, ...], **options: Any) -> None:
        """Add an operator whose output has the current scale and zero point."""
        output = self._activation(shape)
        self.builder.operator(kind, inputs, [output], **options)
        self.current, self.shape = output, shape

    def _weights(self, layer: Layer, shape: tuple[int, ...], axis: int, taps: int) -> list[int]:
        """Weights and bias; sets the output's quantisation so that results spread over int8.

        TFLite insists on the bias of convolutions.
        """
        channels, mask = shape[axis], self.rng.random(shape) >= layer.sparsity
        if self.dtype == "float32":
            values = self.rng.normal(size=shape) * mask / np.sqrt(taps)
            bias = self.builder.tensor("float32", (channels,), data=self.rng.normal(size=channels))
            weights = self.builder.tensor("float32", shape, data=values)
            return [weights, bias] if layer.bias or len(shape) == 4 else [weights]
        values = self.rng.integers(-127, 128, shape) * mask
        count = channels if layer.per_channel else 1
        scales = [self._scale(0.01) for _ in range(count)]
        sums = 74 * 74 * np.sqrt(taps)
        limit = int(sums) + 1
        biases = self.rng.integers(-limit, limit + 1, channels)
        in_scale = self.scale
        self.scale = self._scale(in_scale * 0.01 * sums / 50 * 2**layer.spread)
        self.zero_point = int(self.rng.choice([-128, 127, self.rng.integers(-128, 128)]))
        weights = self.builder.tensor("int8", shape, scales=scales, axis=axis, data=values)
        bias_scales = [float(np.float32(in_scale) * np.float32(s)) for s in scales]
        bias = self.builder.tensor("int32", (channels,), scales=bias_scales, data=biases)
        return [weights, bias] if layer.bias or len(shape) == 4 else [weights]

    def _window(
        self, layer: Layer, *, dilated: bool
    ) -> tuple[dict[str, Any], tuple[int, int], tuple[int, int]]:
        """Options, kernel and output size, cut so that the window fits the input."""
        kernel, sizes = [], []
        steps = layer.dilation if dilated else (1, 1)
        for axis in range(2):
            size, step, stride = self.shape[1 + axis], steps[axis], layer.stride[axis]
            taps = layer.kernel[axis]
            if layer.padding == "VALID":
                taps = min(taps, (size - 1) // step + 1)
                sizes.append((size - (taps - 1) * step - 1) // stride + 1)
            else:
                # TFLite's pools want a tap of every window inside the input
                taps = taps if dilated else min(taps, size)
                sizes.append(-(-size // stride))
            kernel.append(taps)
        options = {
            "Padding": PADDINGS[layer.padding],
            "StrideH": layer.stride[0],
            "StrideW": layer.stride[1],
            "FusedActivationFunction": ACTIVATIONS[layer.activation],
        }
        if dilated:
            options |= {"DilationHFactor": steps[0], "DilationWFactor": steps[1]}
        return options, (kernel[0], kernel[1]), (sizes[0], sizes[1])

    def _image(self) -> None:
        if len(self.shape) != 4:
            self._reshape_to((1, 1, 1, int(np.prod(self.shape))))

    def _conv(self, layer: Layer) -> None:
        self._image()
        options, (kh, kw), (h, w) = self._window(layer, dilated=True)
        depth, source = self.shape[3], self.current
        weights = self._weights(layer, (layer.channels, kh, kw, depth), 0, kh * kw * depth)
        self._append("CONV_2D", [source, *weights], (1, h, w, layer.channels), **options)

    def _depthwise(self, layer: Layer) -> None:
        self._image()
        options, (kh, kw), (h, w) = self._window(layer, dilated=True)
        multiplier = 1 + layer.channels % 3
        channels, source = self.shape[3] * multiplier, self.current
        weights = self._weights(layer, (1, kh, kw, channels), 3, kh * kw)
        options["DepthMultiplier"] = multiplier
        self._append("DEPTHWISE_CONV_2D", [source, *weights], (1, h, w, channels), **options)

    def _pool(self, layer: Layer, kind: str) -> None:
        self._image()
        options, (kh, kw), (h, w) = self._window(layer, dilated=False)
        options |= {"FilterHeight": kh, "FilterWidth": kw}
        self._append(kind, [self.current], (1, h, w, self.shape[3]), **options)

    def _max_pool(self, layer: Layer) -> None:
        self._pool(layer, "MAX_POOL_2D")

    def _average_pool(self, layer: Layer) -> None:
        self._pool(layer, "AVERAGE_POOL_2D")

    def _fc(self, layer: Layer) -> None:
        # with keep_num_dims every pixel is a row
        keep = layer.stride[0] == 1 and len(self.shape) == 4
        depth = self.shape[-1] if keep else int(np.prod(self.shape))
        shape = (*self.shape[:-1], layer.channels) if keep else (1, layer.channels)
        source = self.current
        weights = self._weights(layer, (layer.channels, depth), 0, depth)
        self._append(
            "FULLY_CONNECTED",
            [source, *weights],
            shape,
            FusedActivationFunction=ACTIVATIONS[layer.activation],
            KeepNumDims=keep,
        )

    def _add(self, layer: Layer) -> None:
        """The tensor added to itself."""
        self._sum(layer, self.current, self.current, self.scale, self.scale)

    def _residual(self, layer: Layer) -> None:
        """The tensor added to its own requantised copy."""
        first, scale = self.current, self.scale
        if self.dtype == "float32":
            self._sum(layer, first, first, 1.0, 1.0)
        self._requantize(layer)
        self._sum(layer, first, self.current, scale, self.scale)

    def _block(self, layer: Layer) -> None:
        """Two layers and a shortcut around them, or around the second alone."""
        self._image()
        first, scale, channels = self.current, self.scale, self.shape[3]
        same = replace(layer, stride=(1, 1), padding="SAME")
        if layer.padding == "VALID" or channels > 70:  # files stay small
            same = replace(same, kernel=(1, 1))
        by_channel = layer.channels % 3 == 0
        if layer.per_channel:
            middle = channels if by_channel else layer.channels
            self._conv(replace(same, channels=middle, spread=0.0))
        if by_channel:
            self._depthwise(replace(same, channels=0, spread=0.0))
        else:
            self._conv(replace(same, channels=channels, spread=0.0))
        tensors = [(first, scale), (self.current, self.scale)]
        (a, scale_a), (b, scale_b) = tensors if layer.bias else tensors[::-1]
        self._sum(layer, a, b, scale_a, scale_b)

    def _sum(self, layer: Layer, first: int, second: int, scale1: float, scale2: float) -> None:
        # never so small that TFLite's multiplier leaves [0, 1)
        self.scale = self._scale(max(scale1, scale2) * 2 ** max(0.0, layer.spread))
        self.zero_point = int(self.rng.integers(-128, 128))
        self._append(
            "ADD",
            [first, second],
            self.shape,
            FusedActivationFunction=ACTIVATIONS[layer.activation],
        )

    def _softmax(self, layer: Layer) -> None:
        beta = 1.0 if layer.bias else 0.5
        self.scale, self.zero_point = 1 / 256, -128
        self._append("SOFTMAX", [self.current], self.shape, Beta=beta)

    def _requantize(self, layer: Layer) -> None:
        if self.dtype == "int8":
            self.scale = self._scale(self.scale * 2**layer.spread)
            self.zero_point = int(self.rng.integers(-128, 128))
            self._append("QUANTIZE", [self.current], self.shape)

    def _reshape(self, _: Layer) -> None:
        self._reshape_to((1, int(np.prod(self.shape))))

    def _reshape_to(self, shape: tuple[int, ...]) -> None:
        target = self.builder.tensor("int32", (len(shape),), data=shape)
        self._append("RESHAPE", [self.current, target], shape)
