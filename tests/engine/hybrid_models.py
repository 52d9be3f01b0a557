"""Models of one hybrid operator with random parameters: float32 activations, int8 weights."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tests.engine.networks import ACTIVATIONS, PADDINGS
from tests.engine.tflite_builder import TfliteBuilder

KINDS = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")


def hybrid_model(kind: str, seed: int) -> bytes:
    """A model around one hybrid operator, behind a RELU or not, in a chain or not."""
    return _HybridModel(kind, seed).bytes()


@dataclass
class _HybridModel:
    kind: str
    seed: int
    builder: TfliteBuilder = field(default_factory=TfliteBuilder)

    def __post_init__(self) -> None:
        self.rng = np.random.default_rng([self.seed, KINDS.index(self.kind)])

    def bytes(self) -> bytes:
        b, rng = self.builder, self.rng
        if self.kind == "FULLY_CONNECTED":
            shape: tuple[int, ...] = (1, int(rng.integers(1, 4)), int(rng.integers(1, 20)))
        else:
            shape = (1, *(int(n) for n in rng.integers(1, 7, 3)))
        start = source = b.tensor("float32", shape)
        if rng.random() < 0.3:
            source = b.tensor("float32", shape)
            b.operator("RELU", [start], [source])
        build = {
            "CONV_2D": self._conv,
            "DEPTHWISE_CONV_2D": self._depthwise,
            "FULLY_CONNECTED": self._fully_connected,
        }[self.kind]
        b.inputs, b.outputs = [start], [build(source, shape)]
        return b.build()

    def _weights(self, shape: tuple[int, ...], axis: int, *, per_channel: bool) -> list[int]:
        """Weights and bias."""
        count = shape[axis] if per_channel else 1
        scales = [float(np.float32(s)) for s in self.rng.uniform(0.002, 0.02, count)]
        values = self.rng.integers(-127, 128, shape)
        bias = self.rng.normal(size=shape[axis])
        return [
            self.builder.tensor("int8", shape, scales=scales, axis=axis, data=values),
            self.builder.tensor("float32", bias.shape, data=bias),
        ]

    def _window(
        self, shape: tuple[int, ...], *, dilated: bool
    ) -> tuple[dict[str, Any], list[int], list[int]]:
        """Options, kernel and output size; a window fits the input."""
        padding = str(self.rng.choice(sorted(PADDINGS)))
        stride = [int(n) for n in self.rng.integers(1, 3, 2)]
        step = [int(n) for n in self.rng.integers(1, 3, 2)] if dilated else [1, 1]
        kernel, out = [], []
        for axis, size in enumerate(shape[1:3]):
            taps = int(self.rng.integers(1, min(4, (size - 1) // step[axis] + 1) + 1))
            reach = size - (taps - 1) * step[axis] if padding == "VALID" else size
            kernel.append(taps)
            out.append(-(-reach // stride[axis]))
        options = {
            "Padding": PADDINGS[padding],
            "StrideH": stride[0],
            "StrideW": stride[1],
            "DilationHFactor": step[0],
            "DilationWFactor": step[1],
            "FusedActivationFunction": self._activation(),
        }
        return options, kernel, out

    def _activation(self) -> int:
        return int(self.rng.choice(list(ACTIVATIONS.values())))

    def _conv(self, source: int, shape: tuple[int, ...]) -> int:
        options, kernel, out = self._window(shape, dilated=False)
        channels = int(self.rng.integers(1, 10))
        per_channel = bool(channels > 1 and self.rng.random() < 0.5)
        weights = self._weights((channels, *kernel, shape[3]), 0, per_channel=per_channel)
        end = self.builder.tensor("float32", (1, *out, channels))
        self.builder.operator("CONV_2D", [source, *weights], [end], **options)
        return end

    def _depthwise(self, source: int, shape: tuple[int, ...]) -> int:
        options, kernel, out = self._window(shape, dilated=self.rng.random() < 0.4)
        multiplier = int(self.rng.integers(1, 4))
        channels = shape[3] * multiplier
        weights = self._weights((1, *kernel, channels), 3, per_channel=True)
        end = self.builder.tensor("float32", (1, *out, channels))
        options["DepthMultiplier"] = multiplier
        self.builder.operator("DEPTHWISE_CONV_2D", [source, *weights], [end], **options)
        return end

    def _fully_connected(self, source: int, shape: tuple[int, ...]) -> int:
        rows = shape[1]
        outputs = int(self.rng.integers(1, 10))
        per_channel = bool(outputs > 1 and self.rng.random() < 0.4)
        weights = self._weights((outputs, shape[2]), 0, per_channel=per_channel)
        end = self.builder.tensor("float32", (1, rows, outputs))
        self.builder.operator(
            "FULLY_CONNECTED",
            [source, *weights][: 3 if self.rng.random() < 0.7 else 2],
            [end],
            FusedActivationFunction=self._activation(),
            KeepNumDims=True,
            AsymmetricQuantizeInputs=bool(self.rng.random() < 0.5),
        )
        return end
