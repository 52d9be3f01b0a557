"""Models with channels that are left out, against the reference on the whole model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.codegen import CompiledModel, compile_model
from tests.engine.agreement import check_agreement, random_inputs
from tests.engine.networks import Layer, Network, build
from tests.engine.tflite_builder import TfliteBuilder

DEPTH, FILTERS, HIDDEN = 2, 12, 8


class Model:
    """conv 3x3 to 12 filters, depthwise 3x3, max pool, flatten, 8 hidden, 3 outputs."""

    def __init__(self, dtype: str = "int8", *, padding: str = "VALID", zero: int = -128) -> None:
        rng = np.random.default_rng(7)
        self.dtype, self.padding, self.zero = dtype, padding, zero
        self.conv = self._weights(rng, FILTERS, 3, 3, DEPTH)
        self.conv_bias = rng.integers(100, 400, FILTERS)
        self.depthwise = self._weights(rng, 1, 3, 3, FILTERS)
        self.hidden = self._weights(rng, HIDDEN, 4 * FILTERS)
        self.hidden_bias = rng.integers(-100, 100, HIDDEN)
        self.last = self._weights(rng, 3, HIDDEN)

    def _weights(self, rng: np.random.Generator, *shape: int) -> Any:
        values = rng.integers(1, 100, shape) * rng.choice([-1, 1], shape)
        return values if self.dtype == "int8" else values / 64

    def build(self) -> bytes:
        b = TfliteBuilder()
        size = 8
        source = self._tensor(b, (1, size, size, DEPTH))
        same = self.padding == "SAME"
        first = size if same else size - 2
        second = first if same else first - 2
        common = {"Padding": 0 if same else 1, "StrideH": 1, "StrideW": 1}
        common |= {"DilationHFactor": 1, "DilationWFactor": 1}
        conv = self._tensor(b, (1, first, first, FILTERS))
        b.operator(
            "CONV_2D", [source, *self._constants(b, self.conv, self.conv_bias, 0)], [conv],
            FusedActivationFunction=1, **common,
        )  # fmt: skip
        depthwise = self._tensor(b, (1, second, second, FILTERS))
        b.operator(
            "DEPTHWISE_CONV_2D",
            [conv, *self._constants(b, self.depthwise, np.zeros(FILTERS), 3)],
            [depthwise], DepthMultiplier=1, FusedActivationFunction=0, **common,
        )  # fmt: skip
        pool, stride = self._tensor(b, (1, 2, 2, FILTERS)), second // 2
        b.operator(
            "MAX_POOL_2D", [depthwise], [pool], Padding=1, StrideH=stride, StrideW=stride,
            FilterHeight=stride, FilterWidth=stride, FusedActivationFunction=0,
        )  # fmt: skip
        flat = self._tensor(b, (1, 4 * FILTERS))
        shape = b.tensor("int32", (2,), data=np.array([1, 4 * FILTERS]))
        b.operator("RESHAPE", [pool, shape], [flat])
        hidden = self._tensor(b, (1, HIDDEN))
        constants = self._constants(b, self.hidden, self.hidden_bias, 0)
        b.operator("FULLY_CONNECTED", [flat, *constants], [hidden], FusedActivationFunction=1)
        result = self._tensor(b, (1, 3))
        constants = self._constants(b, self.last, np.zeros(3), 0)
        b.operator("FULLY_CONNECTED", [hidden, *constants], [result], FusedActivationFunction=0)
        b.inputs, b.outputs = [source], [result]
        return b.build()

    def _tensor(self, b: TfliteBuilder, shape: tuple[int, ...]) -> int:
        if self.dtype == "float32":
            return b.tensor("float32", shape)
        return b.tensor("int8", shape, scales=[0.5], zero_points=[self.zero])

    def _constants(self, b: TfliteBuilder, weights: Any, bias: Any, axis: int) -> tuple[int, int]:
        count = weights.shape[axis]
        if self.dtype == "float32":
            return (
                b.tensor("float32", weights.shape, data=weights.astype(np.float32)),
                b.tensor("float32", (count,), data=(bias / 64).astype(np.float32)),
            )
        scales = [0.002 + 0.0005 * i for i in range(count)]
        return (
            b.tensor("int8", weights.shape, scales=scales, axis=axis, data=weights),
            b.tensor("int32", (count,), scales=[0.5 * s for s in scales], data=bias),
        )


def kept(model: CompiledModel) -> list[tuple[int, ...]]:
    """What is left of the convolution's, the depthwise layer's and the hidden layer's channels."""
    outputs = [op.outputs[0] for op in model.graph.operators]
    return [model.graph.kept.get(outputs[i], ()) for i in (0, 1, 4)]


def agree(model: Model, objects: list[Path], folder: Path) -> CompiledModel:
    data = model.build()
    check_agreement([("model", data, random_inputs(data, 4, seed=1))], objects, folder)
    return compile_model(data, "m")


@pytest.mark.parametrize("dtype", ["int8", "float32"])
def test_a_model_without_dead_channels_stays_as_it_is(
    dtype: str, engine_objects: list[Path], tmp_path: Path
) -> None:
    assert kept(agree(Model(dtype), engine_objects, tmp_path)) == [(), (), ()]


def test_constant_channels_go_into_the_bias_behind_depthwise_and_pool(
    engine_objects: list[Path], tmp_path: Path
) -> None:
    model = Model()
    model.conv[[1, 4, 5, 9]] = 0
    compiled = agree(model, engine_objects, tmp_path)
    alive = (0, 2, 3, 6, 7, 8, 10, 11)
    assert kept(compiled) == [alive, alive, ()]
    shapes = [compiled.graph.tensors[op.outputs[0]].shape for op in compiled.graph.operators]
    assert shapes == [(1, 6, 6, 8), (1, 4, 4, 8), (1, 2, 2, 8), (1, 32), (1, 8), (1, 3)]
    assert compiled.ops[0].reason.endswith("without 4 of 12 filters: constant or never read")
    assert compiled.ops[4].reason.endswith("without 16 of 48 inputs: constant or never read")
    assert compiled.ops[0].macs == 6 * 6 * 12 * 18  # those of the file


def test_padding_keeps_constants_that_are_not_the_zero_point(
    engine_objects: list[Path], tmp_path: Path
) -> None:
    """A depthwise layer's borders see padding beside a constant: its output is not constant."""
    model = Model(padding="SAME")
    model.conv[[1, 4, 5, 9]] = 0
    assert kept(agree(model, engine_objects, tmp_path)) == [(), (), ()]
    model.conv_bias[[1, 4, 5, 9]] = -50  # RELU makes it the zero point, which pads, too
    alive = (0, 2, 3, 6, 7, 8, 10, 11)
    assert kept(agree(model, engine_objects, tmp_path)) == [alive, alive, ()]


def test_channels_that_nobody_reads_are_not_computed(
    engine_objects: list[Path], tmp_path: Path
) -> None:
    model = Model()
    model.last[:, [0, 3, 4, 7]] = 0
    for channel in (2, 3, 5, 11):
        model.hidden[:, channel::FILTERS] = 0
    alive = (0, 1, 4, 6, 7, 8, 9, 10)
    assert kept(agree(model, engine_objects, tmp_path)) == [alive, alive, (1, 2, 5, 6)]


def test_dead_ends_are_followed_backwards(engine_objects: list[Path], tmp_path: Path) -> None:
    """Channel 0 is read by hidden neurons only that nobody reads."""
    model = Model()
    model.last[:, 4:] = 0
    model.hidden[:4, 0::FILTERS] = 0
    for channel in (1, 2, 3):
        model.hidden[:, channel::FILTERS] = 0
    alive = (4, 5, 6, 7, 8, 9, 10, 11)
    assert kept(agree(model, engine_objects, tmp_path)) == [alive, alive, (0, 1, 2, 3)]


def test_channels_are_left_in_fours(engine_objects: list[Path], tmp_path: Path) -> None:
    """Eleven live filters are no better than twelve; of three dead neurons none goes."""
    model = Model()
    model.conv[2] = 0
    model.last[:, [1, 2, 6]] = 0
    assert kept(agree(model, engine_objects, tmp_path)) == [(), (), ()]
    model.conv[[3, 4, 5, 6]] = 0  # one of the five constant ones stays, for the group
    alive = (0, 1, 2, 7, 8, 9, 10, 11)
    assert kept(agree(model, engine_objects, tmp_path)) == [alive, alive, ()]


@pytest.mark.parametrize("dtype", ["int8", "float32"])
def test_a_model_without_any_weights_keeps_a_group(
    dtype: str, engine_objects: list[Path], tmp_path: Path
) -> None:
    model = Model(dtype)
    model.conv[:], model.conv_bias[:] = 0, -1
    compiled = agree(model, engine_objects, tmp_path)
    assert kept(compiled)[0] == (0, 1, 2, 3)


def test_floats_are_folded_only_where_they_are_nothing(
    engine_objects: list[Path], tmp_path: Path
) -> None:
    model = Model("float32")
    model.conv[:8] = 0
    assert kept(agree(model, engine_objects, tmp_path))[0] == ()  # constants, but not 0
    model.conv_bias[:8] = -1
    assert kept(agree(model, engine_objects, tmp_path))[0] == (8, 9, 10, 11)


def test_sparse_networks_agree(engine_objects: list[Path], tmp_path: Path) -> None:
    """Random ones with most weights zero: chains of layers, kernels, paddings, activations."""
    models = []
    smaller = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        layers = tuple(
            Layer(
                kind=kind,
                kernel=(int(rng.integers(1, 4)), int(rng.integers(1, 4))),
                stride=(1, int(rng.integers(1, 3))),
                dilation=(1, 1),
                padding=str(rng.choice(["SAME", "VALID"])) if index < 2 else "SAME",
                activation=str(rng.choice(["NONE", "RELU", "RELU6"])),
                channels=int(rng.integers(5, 24)),
                per_channel=bool(rng.integers(2)),
                bias=bool(rng.integers(2)),
                sparsity=float(rng.choice([0.8, 0.95, 0.99])),
                spread=float(rng.normal()),
            )
            for index, kind in enumerate(
                [*rng.choice(["conv", "conv", "depthwise", "max_pool"], 4).tolist(), "fc", "fc"]
            )
        )
        network = Network(
            quantised=seed % 4 > 0, float_ends=False, shape=(8, 9, 3), layers=layers, seed=seed
        )
        data = build(network)
        smaller += bool(compile_model(data, "m").graph.kept)
        models.append((repr(network), data, random_inputs(data, 2, seed=seed)))
    assert smaller >= 30
    check_agreement(models, engine_objects, tmp_path)
