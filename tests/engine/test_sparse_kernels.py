"""The sparse kernels against ai-edge-litert's reference kernels, whatever the cost model says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np
import pytest
import tflite
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.codegen import choose, compile_model
from harness.codegen.calls import Call
from tests.engine.agreement import check_agreement, random_inputs
from tests.engine.dense_networks import network
from tests.engine.networks import ACTIVATIONS, Network, build, networks
from tests.engine.tflite_builder import TfliteBuilder

DATA = Path(__file__).resolve().parents[1] / "data"
RELU6 = ACTIVATIONS["RELU6"]
IN_SCALE = 0.05


@pytest.fixture(autouse=True, scope="module", params=["elements", "blocks"])
def storage(request: pytest.FixtureRequest) -> Iterator[str]:
    """Sparse kernels wherever possible, with weights one by one or in blocks of four."""

    def second(_: Call, candidate: Call, *__: object) -> Call:
        return candidate

    def first(best: Call, *_: object) -> Call:
        return best

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(choose, "cheaper", second)
        patch.setattr(choose, "with_blocks", second if request.param == "blocks" else first)
        yield request.param


@dataclass
class Writer:
    """Layers of given weights; int8 results spread over the range."""

    dtype: str
    shape: tuple[int, ...]

    def __post_init__(self) -> None:
        self.builder = TfliteBuilder()
        self.start = self.activation((1, *self.shape), IN_SCALE, -7)

    def activation(self, shape: tuple[int, ...], scale: float, zero: int) -> int:
        q = {"scales": [scale], "zero_points": [zero]} if self.dtype == "int8" else {}
        return self.builder.tensor(self.dtype, shape, **q)

    def model(
        self, kind: str, weights: Any, out: tuple[int, ...], *, per_channel: bool, **options: Any
    ) -> bytes:
        filters, rng = len(weights), np.random.default_rng(11)
        if self.dtype == "int8":
            count = filters if per_channel else 1
            scales = [0.01 + 0.003 * (i % 5) for i in range(count)]
            bias_scales = [float(np.float32(IN_SCALE) * np.float32(s)) for s in scales]
            bias = rng.integers(-3000, 3000, filters)
            spread = 74 * 74 * np.sqrt(max(1, np.count_nonzero(weights) / filters))
            result = self.activation(out, float(IN_SCALE * 0.015 * spread / 40), -20)
            constants = [
                self.builder.tensor("int8", weights.shape, scales=scales, data=weights),
                self.builder.tensor("int32", (filters,), scales=bias_scales, data=bias),
            ]
        else:
            result = self.activation(out, 0, 0)
            constants = [
                self.builder.tensor("float32", weights.shape, data=weights / 1000),
                self.builder.tensor("float32", (filters,), data=rng.normal(size=filters)),
            ]
        self.builder.operator(kind, [self.start, *constants], [result], **options)
        self.builder.inputs, self.builder.outputs = [self.start], [result]
        return self.builder.build()


def drawn(shape: tuple[int, ...], sparsity: float, seed: int) -> Any:
    rng = np.random.default_rng(seed)
    return rng.integers(-127, 128, shape) * (rng.random(shape) >= sparsity)


def fully_connected(dtype: str, weights: Any, *, rows: int = 1, per_channel: bool = True) -> bytes:
    outputs, depth = weights.shape
    return Writer(dtype, (rows, depth)).model(
        "FULLY_CONNECTED", weights, (1, rows, outputs), per_channel=per_channel, KeepNumDims=True
    )


def check(models: list[tuple[str, bytes]], objects: list[Path], folder: Path) -> None:
    """Every weighted layer of them runs in a sparse kernel, and its outputs agree."""
    for label, data in models:
        assert compile_model(data, "m").ops[0].kernel.startswith("engine_sparse_"), label
    inputs = [(label, data, random_inputs(data, 1, seed=5)) for label, data in models]
    check_agreement(inputs, objects, folder)


@pytest.mark.parametrize("dtype", ["int8", "float32"])
def test_rows_around_a_segment(dtype: str, engine_objects: list[Path], tmp_path: Path) -> None:
    models = []
    for depth in (1, 2, 3, 5, 254, 255, 256, 257, 511, 513, 1300):
        for sparsity in (0.0, 0.4, 0.9):
            weights = drawn((5, depth), sparsity, depth)
            weights[0, 0] = 1
            per_channel = depth % 2 == 0
            data = fully_connected(dtype, weights, per_channel=per_channel)
            models.append((f"{depth} inputs, {sparsity} zeros", data))
    check(models, engine_objects, tmp_path)


@pytest.mark.parametrize("dtype", ["int8", "float32"])
def test_empty_filters_and_layers(dtype: str, engine_objects: list[Path], tmp_path: Path) -> None:
    models = []
    for rows in (1, 3, 4, 9):
        nothing, one, at_start, at_end = (np.zeros((7, 30), int) for _ in range(4))
        one[3, 17], at_start[0], at_end[6] = -5, 3, 2
        cases = {"no weight": nothing, "one": one, "first": at_start, "last": at_end}
        models += [
            (f"{label}, {rows} rows", fully_connected(dtype, weights, rows=rows))
            for label, weights in cases.items()
        ]
    wide = np.zeros((800, 4), int)
    wide[[1, 700]] = 9
    models.append(("800 filters, 2 with weights", fully_connected(dtype, wide, rows=5)))
    check(models, engine_objects, tmp_path)


@pytest.mark.parametrize("dtype", ["int8", "float32"])
def test_far_offsets(dtype: str, engine_objects: list[Path], tmp_path: Path) -> None:
    """Elements beyond 65535 of the input, padded and not."""
    models = []
    for padding, size in (("VALID", 2), ("SAME", 4)):
        weights = np.zeros((2, 3, 3, 6000), int)
        weights[0, 2, 2, 5999], weights[1, 0, 0, 0], weights[1, 1, 1, 257] = 100, -100, 77
        writer = Writer(dtype, (4, 4, 6000))
        options = {"Padding": getattr(tflite.Padding, padding), "StrideH": 1, "StrideW": 1}
        data = writer.model(
            "CONV_2D", weights, (1, size, size, 2), per_channel=True, **options,
            DilationHFactor=1, DilationWFactor=1,
        )  # fmt: skip
        models.append((padding, data))
    check(models, engine_objects, tmp_path)


@pytest.mark.parametrize("dtype", ["int8", "float32"])
def test_windows_strides_dilations(dtype: str, engine_objects: list[Path], tmp_path: Path) -> None:
    models = []
    rng = np.random.default_rng(9)
    for case in range(40):
        kernel, stride, dilation = (rng.integers(1, 4, 2) for _ in range(3))
        h, w, depth = (int(n) for n in rng.integers(1, (12, 12, 40)))
        padding = "SAME" if case % 2 else "VALID"
        extent = (kernel - 1) * dilation + 1
        if padding == "VALID":
            h, w = max(h, int(extent[0])), max(w, int(extent[1]))
            out = ((np.array([h, w]) - extent) // stride + 1).tolist()
        else:
            out = (-(-np.array([h, w]) // stride)).tolist()
        filters = int(rng.integers(1, 6))
        weights = drawn((filters, *kernel.tolist(), depth), float(rng.choice([0, 0.8, 0.97])), case)
        options = {
            "Padding": getattr(tflite.Padding, padding),
            "StrideH": int(stride[0]),
            "StrideW": int(stride[1]),
            "DilationHFactor": int(dilation[0]),
            "DilationWFactor": int(dilation[1]),
            "FusedActivationFunction": RELU6 if case % 3 == 0 else 0,
        }
        data = Writer(dtype, (h, w, depth)).model(
            "CONV_2D", weights, (1, *out, filters), per_channel=case % 4 < 2, **options
        )
        models.append((f"case {case}: {(h, w, depth)} {padding} {kernel} {stride}", data))
    check(models, engine_objects, tmp_path)


POOLED = [
    ((8, 8, 1), (3, 3), 8, (2, 2), 0.8, "RELU"),
    ((7, 9, 1), (2, 2), 3, (2, 2), 0.5, "NONE"),  # an even and an odd number of rows
    ((5, 11, 2), (2, 1), 5, (1, 4), 0.9, "RELU6"),
    ((12, 4, 3), (3, 3), 4, (4, 1), 0.0, "RELU"),
    ((6, 6, 100), (3, 3), 6, (2, 2), 0.97, "RELU"),  # several segments, filters without weights
    ((5, 5, 70), (2, 2), 5, (2, 2), 0.3, "NONE"),
]


@pytest.mark.parametrize(("shape", "kernel", "filters", "pool", "sparsity", "activation"), POOLED)
def test_a_max_pool_is_computed_with_the_convolution(
    shape: tuple[int, int, int],
    kernel: tuple[int, int],
    filters: int,
    pool: tuple[int, int],
    sparsity: float,
    activation: str,
    engine_objects: list[Path],
    tmp_path: Path,
) -> None:
    conv = {"kernel": kernel, "channels": filters, "padding": "VALID", "sparsity": sparsity}
    pooled = {"kind": "max_pool", "kernel": pool, "stride": pool, "padding": "VALID"}
    models = []
    for per_channel, dtype in ((True, "s8"), (False, "s8"), (False, "f32")):
        layer = {**conv, "per_channel": per_channel, "activation": activation}
        made = replace(network(shape, layer, pooled, seed=filters), quantised=dtype == "s8")
        data = build(made)
        kernels = [op.kernel for op in compile_model(data, "m").ops]
        assert kernels == [f"engine_sparse_max_pool_{dtype}", "none"]
        models.append((f"{shape}, {per_channel} {dtype}", data, random_inputs(data, 3, seed=1)))
    check_agreement(models, engine_objects, tmp_path)


@pytest.mark.parametrize(
    ("conv", "pool"),
    [
        ({"padding": "SAME"}, {}),  # windows in the padding
        ({}, {"kernel": (3, 3), "stride": (3, 3)}),  # not four windows
        ({}, {"stride": (1, 1)}),
        ({"activation": "NONE"}, {"activation": "RELU6"}),  # would change stored constants
    ],
)
def test_pools_that_stay_by_themselves(
    conv: dict[str, object],
    pool: dict[str, object],
    engine_objects: list[Path],
    tmp_path: Path,
) -> None:
    first = {"padding": "VALID", "sparsity": 0.6, "activation": "RELU", **conv}
    second = {"kind": "max_pool", "kernel": (2, 2), "stride": (2, 2), "padding": "VALID", **pool}
    data = build(network((9, 9, 2), first, second))
    kernels = [op.kernel for op in compile_model(data, "m").ops]
    sparse = ("engine_sparse_s8", "engine_sparse_padded_s8", "engine_sparse_blocks_s8")
    assert kernels[0] in sparse
    assert kernels[1] == "engine_max_pool_s8"
    check_agreement([("m", data, random_inputs(data, 3, seed=1))], engine_objects, tmp_path)


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(batch=st.lists(networks, min_size=20, max_size=28))
def test_random_networks_agree(
    batch: list[Network], engine_objects: list[Path], tmp_path_factory: pytest.TempPathFactory
) -> None:
    models = []
    for drawn_network in batch:
        data = build(drawn_network)
        models.append((repr(drawn_network), data, random_inputs(data, 3, seed=drawn_network.seed)))
    folder = Path(mkdtemp(dir=tmp_path_factory.getbasetemp()))
    check_agreement(models, engine_objects, folder)


@pytest.mark.parametrize(
    "name", ["digits_int8", "digits_int8_pertensor", "digits_float32", "resnet_int8"]
)
def test_dense_golden_models_agree_in_sparse_kernels(
    name: str, engine_objects: list[Path], tmp_path: Path
) -> None:
    data = (DATA / f"{name}.tflite").read_bytes()
    assert any("sparse" in op.kernel for op in compile_model(data, name).ops)
    check_agreement([(name, data, random_inputs(data, 4, seed=3))], engine_objects, tmp_path)


def test_layers_whose_rescaling_enlarges_stay_dense() -> None:
    b = TfliteBuilder()
    source, result = b.tensor("int8", (1, 8), scales=[1.0]), b.tensor("int8", (1, 2), scales=[0.5])
    weights = b.tensor("int8", (2, 8), scales=[1.0], data=np.eye(2, 8))
    b.operator("FULLY_CONNECTED", [source, weights], [result])
    b.inputs, b.outputs = [source], [result]
    assert "sparse" not in compile_model(b.build(), "m").ops[0].kernel
