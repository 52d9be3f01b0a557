"""The code that `harness codegen` and the fixture `board` hand out is the code that is measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.boards.catalogue import TargetSpec, load_catalogue
from harness.codegen import CompiledModel
from harness.codegen.cores import CORES, GENERIC
from harness.firmware.builder import FirmwareBuilder, Image
from harness.project import Project
from harness.pytest_plugin import Board
from harness.run.inputs import InputSource
from harness.run.model_run import bench_model
from harness.run.settings import RunSettings
from harness.store import Store
from tests.cli.test_cli import harness
from tests.engine.tflite_builder import TfliteBuilder

pytestmark = pytest.mark.hil

# The first simulator of each family of cores; the M4's has the most that a core decides on.
_FIRST = {
    CORES[spec.core].family: name
    for name, spec in reversed(load_catalogue().items())
    if spec.kind in ("host", "qemu", "simavr")
}
TARGETS = [*_FIRST.values(), "qemu-m4"]


def conv1d_int8() -> bytes:
    """Two one-dimensional convolutions and a fully connected layer."""
    rng = np.random.default_rng(15)
    b = TfliteBuilder()

    def constant(dtype: str, shape: tuple[int, ...], scale: float, most: int) -> int:
        return b.tensor(dtype, shape, scales=[scale], data=rng.integers(-most, most, shape))

    def activation(*shape: int) -> int:
        return b.tensor("int8", shape, scales=[0.05], zero_points=[-3])

    source = x = activation(1, 1, 40, 1)
    width, depth = 40, 1
    for channels, taps in ((8, 5), (16, 3)):
        width += 1 - taps
        y = activation(1, 1, width, channels)
        weights = constant("int8", (channels, 1, taps, depth), 0.004, 127)
        inputs = [x, weights, constant("int32", (channels,), 0.0002, 500)]
        b.operator(
            "CONV_2D", inputs, [y], Padding=1, StrideH=1, StrideW=1,
            DilationHFactor=1, DilationWFactor=1, FusedActivationFunction=1,
        )  # fmt: skip
        x, depth = y, channels
    result = activation(1, 3)
    weights = constant("int8", (3, width * depth), 0.001, 127)
    b.operator("FULLY_CONNECTED", [x, weights, constant("int32", (3,), 0.00005, 500)], [result])
    b.inputs, b.outputs = [source], [result]
    return b.build()


@dataclass(frozen=True)
class Measured:
    """The one run: its model file and sample, and each target's model and latency."""

    model: Path
    sample: np.ndarray
    compiled: dict[str, CompiledModel]
    latency: dict[str, float]


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Measured:
    """`harness bench` of the model on TARGETS."""
    folder = tmp_path_factory.mktemp("handed-out")
    model, data = folder / "conv1d.tflite", folder / "one.npz"
    model.write_bytes(conv1d_int8())
    sample = np.random.default_rng(3).integers(-128, 128, (1, 1, 40, 1), dtype=np.int8)
    np.savez(data, x=sample)
    found: dict[str, CompiledModel] = {}
    build = FirmwareBuilder.build

    def recorded(
        self: FirmwareBuilder, spec: TargetSpec, models: Sequence[CompiledModel], **options: Any
    ) -> Image:
        if models:
            (found[spec.name],) = models
        return build(self, spec, models, **options)

    project = Project.here(folder / "reports")
    with pytest.MonkeyPatch.context() as patch, Store(project.store) as store:
        patch.setattr(FirmwareBuilder, "build", recorded)
        run_id, _ = bench_model(
            model, TARGETS, project, store, InputSource(data), RunSettings(), lambda _: None
        )
        cells = {cell.key.target: cell for cell in store.cells(run_id)}
        assert [(name, cell.reason) for name, cell in cells.items() if cell.status != "ok"] == []
        latency = {name: float(store.samples(cell.id).counts[0]) for name, cell in cells.items()}
    return Measured(model, sample[0], found, latency)


@pytest.mark.parametrize("target", TARGETS)
def test_the_header_is_that_of_the_measured_image(
    target: str, measured: Measured, tmp_path: Path
) -> None:
    done = harness("codegen", measured.model, "--target", target, "--out", tmp_path)
    assert done.returncode == 0, done.stderr
    core = load_catalogue()[target].core
    image = measured.compiled[target]
    same = image.header.replace(image.name.upper(), "CONV1D").replace(image.name, "conv1d")
    header = (tmp_path / "model_conv1d.h").read_text(encoding="utf-8")
    assert header == same
    assert f"from a TFLite model: conv1d, for {core}. */" in header
    assert f"arena {image.arena_bytes:,} B, constants {image.const_bytes:,} B, for {core}" in (
        done.stdout
    )


@pytest.mark.parametrize(
    "target", [name for name in TARGETS if load_catalogue()[name].timing_kind == "instructions"]
)
def test_a_board_counts_what_bench_counts(target: str, measured: Measured) -> None:
    board = Board(load_catalogue()[target], Project.here(), {})
    assert board.core == load_catalogue()[target].core
    assert _count(target, measured, board.core) == measured.latency[target]


def test_generic_code_takes_twice_the_instructions_on_an_m4(measured: Measured) -> None:
    """It is what `harness codegen` writes without a target, with a note."""
    generic = _count("qemu-m4", measured, GENERIC)
    assert 2 < generic / measured.latency["qemu-m4"] < 3


def _count(target: str, measured: Measured, core: str) -> float:
    """Instructions of the sample's second inference, in code for that core."""
    board = Board(load_catalogue()[target], Project.here(), {})
    board.core = core
    try:
        board.load(measured.model)
        board.run(measured.sample)
        return board.run(measured.sample).latency
    finally:
        board.close()
