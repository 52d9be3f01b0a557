"""Layers that are computed by bands, sizes of the bands, bytes saved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from harness.codegen import compile_model
from harness.codegen.calls import Bands, Rolling
from harness.codegen.passes import bands
from tests.chosen_targets import cores_where
from tests.engine.band_networks import chain, residual
from tests.engine.networks import Network, build

_IMAGE = residual((32, 32, 16), channels=16)
_TENSOR = 32 * 32 * 16
_EXPANDED = chain(
    (24, 24, 8),
    {"kernel": (1, 1), "channels": 48},
    {"kind": "depthwise", "channels": 3, "stride": (2, 2)},
)


@pytest.fixture
def sums_only() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bands, "_rolled", lambda *_: None)
        yield


def _bands(network: Network, core: str = "cortex-m4f") -> list[Bands]:
    compiled = compile_model(build(network), "bands", core=core)
    return [call.bands for call in compiled.calls if call.bands]


def _rolling(network: Network, core: str = "cortex-m4f") -> list[Rolling]:
    compiled = compile_model(build(network), "rolling", core=core)
    return [call.rolling for call in compiled.calls if call.rolling]


def test_the_sum_of_a_residual_block_takes_no_third_tensor() -> None:
    compiled = compile_model(build(_IMAGE), "bands", core="cortex-m4f")
    kept = compile_model(build(_IMAGE), "whole", core="generic")
    assert kept.arena_bytes >= 3 * _TENSOR
    # one row of the sum and the two windows that the kernel holds as pairs
    assert compiled.arena_bytes == 2 * _TENSOR + 32 * 16 + 2 * 2 * 9 * 16
    first, last, add = compiled.ops
    assert (first.kernel, last.kernel, add.kernel) == (
        "engine_conv_s8",
        "engine_conv_s8 + engine_add_s8",
        "none",
    )
    assert add.reason.startswith("computed with op 1, 1 of 32 rows at a time: the output of op 1")


def test_output_and_shortcut_share_memory() -> None:
    compiled = compile_model(build(_IMAGE), "bands", core="cortex-m4f")
    source, result = compiled.graph.inputs[0], compiled.graph.outputs[0]
    assert compiled.tensor_offsets[source] == compiled.tensor_offsets[result]


@pytest.mark.usefixtures("sums_only")
@pytest.mark.parametrize(
    ("shape", "each", "elements"),
    [
        ((32, 32, 16), 1, 512),  # a row has 73,728 multiplications
        ((12, 12, 8), 3, 288),  # 6,912: two are too few
        ((12, 9, 8), 4, 288),  # 5,184
        ((10, 7, 16), 2, 224),  # 16,128: one is too few, and its pixels would be odd
        ((6, 9, 16), 2, 288),  # 20,736: odd
        ((15, 7, 8), 5, 280),  # 4,032; of 105 pixels one is alone anyway
    ],
)
def test_bands_are_the_fewest_rows_worth_a_call(
    shape: tuple[int, int, int], each: int, elements: int
) -> None:
    (found,) = _bands(residual(shape, channels=shape[2]))
    assert (found.unit, found.count, found.each, found.elements) == (
        "rows", shape[0], each, elements,
    )  # fmt: skip


@pytest.mark.usefixtures("sums_only")
def test_pixels_of_a_1x1_convolution_are_banded_alike() -> None:
    (found,) = _bands(residual((10, 12, 32), channels=32, padding="VALID"))
    assert (found.unit, found.count, found.each, found.elements) == ("pixels", 120, 20, 640)


@pytest.mark.parametrize("core", cores_where(lambda core: core.flash_params))
def test_not_where_kernels_read_their_parameters_from_flash(core: str) -> None:
    assert not _bands(_IMAGE, core)
    assert not _rolling(_EXPANDED, core)


def test_of_two_layers_the_first_has_the_rows_alone_that_a_band_reads() -> None:
    (found,) = _rolling(_EXPANDED)
    # 24 x 48 x 8 multiplications a row, of which a row of the second takes two, and 12 x 48 x 9
    assert (found.count, found.each) == (12, 2)
    assert (found.width, found.row_elements, found.out_elements) == (24, 24 * 48, 12 * 48)
    rows = 2 * (2 - 1) + 3
    assert found.kernel_scratch == rows * 24 * 48
    compiled = compile_model(build(_EXPANDED), "rolling", core="cortex-m4f")
    whole = compile_model(build(_EXPANDED), "whole", core="generic")
    assert whole.arena_bytes >= 24 * 24 * 48 + 12 * 12 * 48
    assert compiled.arena_bytes < 0.6 * whole.arena_bytes
    assert compiled.arena_bytes >= 24 * 24 * 8 + rows * 24 * 48 + 12 * 12 * 48


def test_what_runs_together_is_told_with_the_first_operator() -> None:
    compiled = compile_model(build(_EXPANDED), "rolling", core="cortex-m4f")
    whole = compile_model(build(_EXPANDED), "whole", core="generic")
    expand, depthwise = compiled.ops
    assert expand.kernel == "engine_fc_per_channel_s8 + engine_depthwise_3x3_s8"
    assert depthwise.kernel == "none"
    assert depthwise.reason.startswith("computed with op 0, 2 of 12 rows at a time")
    assert (expand.macs, depthwise.macs) == (sum(op.macs for op in whole.ops), 0)
    assert expand.nonzero_macs == sum(op.nonzero_macs for op in whole.ops)
    assert compiled.const_bytes == whole.const_bytes
    (stage,) = compiled.layered()[1]
    assert (stage.tensor, stage.bytes) == (compiled.graph.outputs[0], 12 * 12 * 48)


def test_pairs_that_save_too_little_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bands, "_WORTH_IT", 3.0)
    assert not _rolling(_EXPANDED)
    assert not _bands(_IMAGE)


def test_not_where_the_arena_is_as_large_without() -> None:
    shortcut = replace(_IMAGE.layers[0], per_channel=False)  # around the one layer that reads it
    assert not _bands(replace(_IMAGE, layers=(shortcut,)))


def test_not_where_the_layer_is_read_again() -> None:
    """A sum of a layer's output and itself."""
    twice = [replace(_IMAGE.layers[0], kind=kind) for kind in ("conv", "add")]
    assert not _bands(replace(_IMAGE, layers=tuple(twice)))


def test_all_tensors_are_kept_where_that_is_asked_for() -> None:
    compiled = compile_model(build(_IMAGE), "kept", core="cortex-m4f", keep_all=True)
    assert not any(call.bands for call in compiled.calls)
