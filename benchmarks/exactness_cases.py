"""Random models of one operator for benchmarks/exactness.py, by operator and type."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np

from harness.codegen import compile_model, read_model
from harness.codegen.lower.table import OPERATORS
from harness.errors import ModelError
from tests.engine.network_writer import NetworkWriter
from tests.engine.networks import numbered
from tests.engine.one_operator import OpModel
from tests.engine.op_models import BUILDERS, CASES, UNARY
from tests.engine.s16_models import S16Writer
from tests.engine.tflite_builder import TfliteBuilder

Make = Callable[[int], bytes]
# Every other model has scales whose quotients are near short fractions: there, a factor computed in
# float rounds ties otherwise than one in double.
FRACTIONS = [eighths / 8 for eighths in range(2, 33)]
TRIES = 40  # seeds tried for each model wanted: many draw further operators, too
# Operators beside the one that is measured: exact everywhere, they only prepare its inputs.
PREPARING = {
    "QUANTIZE",
    "RESHAPE",
    "DEQUANTIZE",
    "TRANSPOSE",
    "SQUEEZE",
    "CONCATENATION",
    "PACK",
    "GREATER",
    "ASSIGN_VARIABLE",
    "STRIDED_SLICE",
}
ELEMENTWISE = (*UNARY, "MUL")
RARE = {"LOGISTIC": 4, "MUL": 4}  # operators with rare differences: times as many models
DENSE = {
    "CONV_2D": "conv",
    "DEPTHWISE_CONV_2D": "depthwise",
    "FULLY_CONNECTED": "fc",
    "MAX_POOL_2D": "max_pool",
    "AVERAGE_POOL_2D": "average_pool",
    "SOFTMAX": "softmax",
    "QUANTIZE": "requantize",
    "RESHAPE": "reshape",
}
WIDE = {
    "CONV_2D": "conv",
    "DEPTHWISE_CONV_2D": "depthwise",
    "FULLY_CONNECTED": "fully_connected",
    "MAX_POOL_2D": "max_pool",
    "AVERAGE_POOL_2D": "average_pool",
    "SOFTMAX": "softmax",
    "ADD": "add",
    "QUANTIZE": "requantize",
    "RELU": "relu",
    "RELU6": "relu",
}


def operators() -> dict[tuple[str, str], Make]:
    """Makers of models by operator and type ("ADD", "int8"), from a seed."""
    found: dict[tuple[str, str], Make] = {}
    for kind, layer in DENSE.items():
        found[kind, "int8"] = _network(layer)
    for kind, dtype in CASES:
        if dtype in ("int8", "int16") and kind in OPERATORS:
            found[kind, dtype] = _operator(kind, dtype)
    found["SUM", "int8"] = _sum
    found["DIV", "int8"] = _div
    for kind, layer in WIDE.items():
        found[kind, "int16"] = _wide(layer)
    return {key: found[key] for key in in_order(found)}


def in_order(keys: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Operators and types in the order of the table: int8 first, then by name."""
    return sorted(keys, key=lambda key: (key[1] == "int16", key))


def models(operator: tuple[str, str], wanted: int) -> list[bytes]:
    """The first `wanted` models with the operator in its type, without others that compute.

    None where none of the first seeds gives one: some builders are of several operators.
    """
    kind, dtype = operator
    wanted *= RARE.get(kind, 1)
    make = operators()[operator]

    def fitting() -> Iterator[bytes]:
        found = 0
        for seed in range(wanted * TRIES):
            model = make(seed)
            graph = read_model(model)
            types = {each.kind: graph.tensors[each.outputs[0]].dtype for each in graph.operators}
            if types.get(kind) == dtype and types.keys() <= {kind} | PREPARING and _runs(model):
                found += 1
                yield model
            elif not found and seed > TRIES:
                return

    return list(islice(fitting(), wanted))


def _runs(model: bytes) -> bool:
    try:
        compile_model(model, "m")
    except ModelError:  # not in int8, say
        return False
    return True


def _short(rng: np.random.Generator, middle: float) -> float:
    return float(np.float32(middle * rng.choice(FRACTIONS)))


class _ShortNetwork(NetworkWriter):
    def _scale(self, middle: float) -> float:
        decimal = float(f"{middle:.1g}")
        return _short(self.rng, decimal)


class _Operator(OpModel):
    def shape(self, low: int = 1, high: int = 4) -> tuple[int, ...]:
        """Enough elements for every int8 value, where operators take any shape."""
        return (1, 16, 16) if self.kind in ELEMENTWISE else super().shape(low, high)


class _ShortOperator(_Operator):
    def quantisation(self, middle: float = 0.05) -> dict[str, Any]:
        drawn = super().quantisation(middle)
        return drawn | {"scales": [_short(self.rng, middle)]}


class _ShortWide(S16Writer):
    def _near(self, middle: float) -> float:
        return _short(self.rng, float(f"{middle:.1g}"))


def _network(layer: str) -> Make:
    def make(seed: int) -> bytes:
        drawn = numbered(seed, wide=seed % 4 == 0)
        drawn = replace(drawn, layers=(replace(drawn.layers[0], kind=layer),))
        return (_ShortNetwork if seed % 2 else NetworkWriter)(drawn).write()

    return make


def _operator(kind: str, dtype: str) -> Make:
    def make(seed: int) -> bytes:
        model = (_ShortOperator if seed % 2 else _Operator)(kind, dtype, seed)
        BUILDERS[kind](model)
        return model.builder.build()

    return make


def _wide(layer: str) -> Make:
    return lambda seed: (_ShortWide if seed % 2 else S16Writer)(layer, seed).write()


def _sum(seed: int) -> bytes:
    """A sum along one axis with values of both signs; `op_models` has none below zero."""
    rng = np.random.default_rng(seed)
    rows, columns = (int(n) for n in rng.integers(2, 9, 2))
    scale = float(np.float32(rng.uniform(0.01, 0.1)))
    b = TfliteBuilder()
    zero, out_zero = (int(n) for n in rng.integers(-128, 128, 2))
    source = b.tensor("int8", (1, rows, columns), scales=[scale], zero_points=[zero])
    wider = float(np.float32(scale * rng.uniform(1, rows)))
    result = b.tensor("int8", (1, columns), scales=[wider], zero_points=[out_zero])
    axis = b.tensor("int32", (1,), data=[1])
    b.operator("SUM", [source, axis], [result], KeepDims=False)
    b.inputs, b.outputs = [source], [result]
    return b.build()


def _div(seed: int) -> bytes:
    """A quotient by constants that are not 0."""
    rng = np.random.default_rng(seed)
    columns = int(rng.integers(1, 17))
    b = TfliteBuilder()
    zeros = [int(n) for n in rng.integers(-128, 128, 3)]
    divisors = np.setdiff1d(np.arange(-128, 128), zeros[1])
    scales = [float(np.float32(rng.uniform(0.01, 0.1))) for _ in range(2)]
    scales.append(float(np.float32(scales[0] / scales[1] * rng.uniform(0.01, 0.5))))
    source, second, result = (
        b.tensor("int8", (1, columns), scales=[scale], zero_points=[zero], data=data)
        for scale, zero, data in zip(
            scales, zeros, (None, rng.choice(divisors, columns), None), strict=True
        )
    )
    b.operator("DIV", [source, second], [result])
    b.inputs, b.outputs = [source], [result]
    return b.build()
