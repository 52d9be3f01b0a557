"""The layers that random networks are made of."""

from __future__ import annotations

from dataclasses import dataclass

import tflite

PADDINGS = {"SAME": tflite.Padding.SAME, "VALID": tflite.Padding.VALID}
ACTIVATIONS = {
    "NONE": tflite.ActivationFunctionType.NONE,
    "RELU": tflite.ActivationFunctionType.RELU,
    "RELU6": tflite.ActivationFunctionType.RELU6,
    "RELU_N1_TO_1": tflite.ActivationFunctionType.RELU_N1_TO_1,
}


@dataclass(frozen=True)
class Layer:
    kind: str
    kernel: tuple[int, int]
    stride: tuple[int, int]
    dilation: tuple[int, int]
    padding: str
    activation: str
    channels: int
    per_channel: bool
    bias: bool
    sparsity: float
    spread: float  # log2 of the output scale against the sensible one


@dataclass(frozen=True)
class Network:
    quantised: bool
    float_ends: bool  # float32 input and output of an int8 network
    shape: tuple[int, int, int]
    layers: tuple[Layer, ...]
    seed: int
