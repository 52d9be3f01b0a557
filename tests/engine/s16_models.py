"""Random int16 networks: symmetric activations, int8 weights, int64 bias."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tests.engine.networks import ACTIVATIONS, PADDINGS
from tests.engine.tflite_builder import TfliteBuilder

Shape = tuple[int, ...]
KINDS = (
    "conv",
    "depthwise",
    "fully_connected",
    "max_pool",
    "average_pool",
    "softmax",
    "add",
    "requantize",
    "relu",
    "reshape",
)


def s16_model(kind: str, seed: int) -> bytes:
    """A network of one layer of that kind, or of three with others behind it."""
    return S16Writer(kind, seed).write()


@dataclass
class S16Writer:
    """Writes one network; `write` is called once."""

    kind: str
    seed: int
    builder: TfliteBuilder = field(default_factory=TfliteBuilder)

    def __post_init__(self) -> None:
        self.rng = np.random.default_rng([self.seed, KINDS.index(self.kind)])

    def write(self) -> bytes:
        self.shape: Shape = (1, *(int(n) for n in self.rng.integers(1, 8, 3)))
        self.scale = self._near(1e-4)
        ends = self.rng.random() < 0.3
        start = self.current = self._activation(self.shape)
        if ends:
            start = self.builder.tensor("float32", self.shape)
            self.builder.operator("QUANTIZE", [start], [self.current])
        further = self.rng.choice(KINDS, int(self.rng.integers(0, 3)))
        for kind in (self.kind, *further):
            getattr(self, f"_{kind}")()
        if ends:
            end = self.builder.tensor("float32", self.shape)
            self.builder.operator("DEQUANTIZE", [self.current], [end])
            self.current = end
        elif self.rng.random() < 0.2:
            scale, zero = self._near(self.scale * 256), int(self.rng.integers(-128, 128))
            end = self.builder.tensor("int8", self.shape, scales=[scale], zero_points=[zero])
            self.builder.operator("QUANTIZE", [self.current], [end])
            self.current = end
        self.builder.inputs, self.builder.outputs = [start], [self.current]
        return self.builder.build()

    def _near(self, middle: float) -> float:
        return float(np.float32(middle * 2 ** self.rng.uniform(-1, 1)))

    def _activation(self, shape: Shape) -> int:
        return self.builder.tensor("int16", shape, scales=[self.scale])

    def _append(self, kind: str, inputs: list[int], shape: Shape, **options: Any) -> None:
        output = self._activation(shape)
        self.builder.operator(kind, inputs, [output], **options)
        self.current, self.shape = output, shape

    def _fused(self) -> int:
        return int(self.rng.choice(list(ACTIVATIONS.values())))

    def _weights(self, shape: Shape, axis: int, taps: int) -> list[int]:
        """Weights and bias; sets the output's scale so that results spread over int16."""
        channels = shape[axis]
        count = channels if self.rng.random() < 0.5 else 1
        scales = [self._near(0.01) for _ in range(count)]
        values = self.rng.integers(-127, 128, shape)
        spread = int(74 * 19000 * np.sqrt(taps))
        biases = self.rng.integers(-spread, spread + 1, channels)
        if self.rng.random() < 0.1:
            biases = biases * 10_000  # beyond 32 bits
        weights = self.builder.tensor("int8", shape, scales=scales, axis=axis, data=values)
        bias_scales = [float(np.float32(self.scale) * np.float32(s)) for s in scales]
        bias = self.builder.tensor("int64", (channels,), scales=bias_scales, data=biases)
        ratio = 2 ** self.rng.uniform(-3, 2)
        self.scale = self._near(self.scale * 0.01 * spread / 16000 * ratio)
        return [weights, bias]

    def _window(self, *, dilated: bool) -> tuple[dict[str, Any], list[int], list[int]]:
        """Options, kernel and output size; the window fits the input."""
        padding = str(self.rng.choice(sorted(PADDINGS)))
        stride = [int(n) for n in self.rng.integers(1, 3, 2)]
        step = [int(n) for n in self.rng.integers(1, 3, 2)] if dilated else [1, 1]
        kernel, out = [], []
        for axis, size in enumerate(self.shape[1:3]):
            taps = int(self.rng.integers(1, min(4, (size - 1) // step[axis] + 1) + 1))
            reach = size - (taps - 1) * step[axis] if padding == "VALID" else size
            kernel.append(taps)
            out.append(-(-reach // stride[axis]))
        options = {"Padding": PADDINGS[padding], "StrideH": stride[0], "StrideW": stride[1]}
        if dilated:
            options |= {"DilationHFactor": step[0], "DilationWFactor": step[1]}
        return options | {"FusedActivationFunction": self._fused()}, kernel, out

    def _image(self) -> None:
        if len(self.shape) != 4:
            self._reshape_to((1, 1, 1, int(np.prod(self.shape))))

    def _conv(self) -> None:
        self._image()
        options, kernel, out = self._window(dilated=True)
        depth, channels, source = self.shape[3], int(self.rng.integers(1, 10)), self.current
        weights = self._weights((channels, *kernel, depth), 0, depth * kernel[0] * kernel[1])
        self._append("CONV_2D", [source, *weights], (1, *out, channels), **options)

    def _depthwise(self) -> None:
        self._image()
        options, kernel, out = self._window(dilated=True)
        multiplier = int(self.rng.integers(1, 4))
        channels, source = self.shape[3] * multiplier, self.current
        weights = self._weights((1, *kernel, channels), 3, kernel[0] * kernel[1])
        options["DepthMultiplier"] = multiplier
        self._append("DEPTHWISE_CONV_2D", [source, *weights], (1, *out, channels), **options)

    def _fully_connected(self) -> None:
        keep = len(self.shape) == 4 and self.rng.random() < 0.5
        depth = self.shape[-1] if keep else int(np.prod(self.shape))
        outputs, source = int(self.rng.integers(1, 10)), self.current
        weights = self._weights((outputs, depth), 0, depth)
        if self.rng.random() < 0.2:
            weights = weights[:1]
        self._append(
            "FULLY_CONNECTED",
            [source, *weights],
            (*self.shape[:-1], outputs) if keep else (1, outputs),
            FusedActivationFunction=self._fused(),
            KeepNumDims=keep,
        )

    def _pool(self, kind: str) -> None:
        self._image()
        options, kernel, out = self._window(dilated=False)
        options |= {"FilterHeight": kernel[0], "FilterWidth": kernel[1]}
        self._append(kind, [self.current], (1, *out, self.shape[3]), **options)

    def _max_pool(self) -> None:
        self._pool("MAX_POOL_2D")

    def _average_pool(self) -> None:
        self._pool("AVERAGE_POOL_2D")

    def _softmax(self) -> None:
        self.scale = 1 / 32768
        self._append("SOFTMAX", [self.current], self.shape, Beta=float(self.rng.choice([1, 0.5])))

    def _add(self) -> None:
        """The tensor and a requantised copy of it."""
        first, scale = self.current, self.scale
        self._requantize()
        second = self.current
        # never so small that TFLite's multiplier leaves [0, 1)
        self.scale = float(np.float32(max(scale, self.scale) * self.rng.uniform(1, 4)))
        inputs = [first, second] if self.rng.random() < 0.5 else [second, first]
        options = {"FusedActivationFunction": self._fused(), "PotScaleInt16": False}
        self._append("ADD", inputs, self.shape, **options)

    def _requantize(self) -> None:
        self.scale = self._near(self.scale)
        self._append("QUANTIZE", [self.current], self.shape)

    def _relu(self) -> None:
        kind = str(self.rng.choice(["RELU", "RELU6"]))
        self.scale = self._near(self.scale)
        self._append(kind, [self.current], self.shape)

    def _reshape(self) -> None:
        self._reshape_to((1, int(np.prod(self.shape))))

    def _reshape_to(self, shape: Shape) -> None:
        target = self.builder.tensor("int32", (len(shape),), data=shape)
        self._append("RESHAPE", [self.current, target], shape)
