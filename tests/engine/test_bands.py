"""Layers computed by bands of rows with what reads them, against the reference kernels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from harness.codegen import choose, compile_model
from harness.codegen.calls import Call
from harness.codegen.cores import core_named
from harness.codegen.passes import bands
from harness.codegen.storage import packed
from tests.engine.agreement import check_agreement, random_inputs
from tests.engine.band_networks import BAND_NETWORKS, ROLLING_NETWORKS
from tests.engine.networks import Network, build

_SUMMED = {
    "cortex-m4f": {
        "engine_conv_s8",
        "engine_conv_joined_s8",
        "engine_fc_per_channel_s8",
        "engine_depthwise_s8",
        "engine_depthwise_3x3_s8",
        "engine_sparse_s8",
        "engine_sparse_padded_s8",
        "engine_conv_f32",
        "engine_depthwise_f32",
        "engine_fc_f32",
        "engine_sparse_f32",
        "engine_sparse_padded_f32",
    },
    "cortex-m55": {"engine_conv_plain_s8", "engine_fc_plain_per_channel_s8"},
}
_READERS = {
    "cortex-m4f": {
        "engine_conv_s8",
        "engine_conv_joined_s8",
        "engine_fc_per_channel_s8",
        "engine_depthwise_s8",
        "engine_depthwise_3x3_s8",
        "engine_sparse_padded_s8",
        "engine_max_pool_s8",
        "engine_average_pool_s8",
        "engine_conv_f32",
        "engine_depthwise_f32",
        "engine_fc_f32",
        "engine_sparse_padded_f32",
        "engine_max_pool_f32",
        "engine_average_pool_f32",
    },
    "cortex-m55": {"engine_conv_plain_s8", "engine_fc_plain_per_channel_s8"},
}


def _check(
    networks: Sequence[Network],
    core: str,
    objects: list[Path],
    folder: Path,
    patch: pytest.MonkeyPatch,
) -> list[Call]:
    """All networks agree, by bands of a row or two; the calls of those bands."""
    patch.setattr(bands, "_MACS_MIN", 1)
    # the host has no DSP instructions
    patch.setattr(packed, "core_named", lambda name: replace(core_named(name), dsp=False))
    models = []
    found: list[Call] = []
    for network in networks:
        data = build(network)
        models.append((repr(network), data, random_inputs(data, 2, seed=network.seed)))
        compiled = compile_model(data, "bands", core=core)
        by_bands = [call for call in compiled.calls if call.bands or call.rolling]
        assert by_bands, network
        found += by_bands
    check_agreement(models, objects, folder, core)
    return found


@pytest.mark.parametrize("core", sorted(_SUMMED))
def test_sums_agree(
    core: str, engine_objects: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bands, "_rolled", lambda *_: None)
    found = _check(BAND_NETWORKS, core, engine_objects, tmp_path, monkeypatch)
    assert {call.kernel for call in found} >= _SUMMED[core]


@pytest.mark.parametrize("core", sorted(_READERS))
def test_pairs_of_layers_agree(
    core: str, engine_objects: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = _check(ROLLING_NETWORKS, core, engine_objects, tmp_path, monkeypatch)
    readers = {call.rolling.reader.kernel for call in found if call.rolling}
    assert readers >= _READERS[core]


def test_weights_in_blocks_agree(
    engine_objects: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def second(_: Call, candidate: Call, *__: object) -> Call:
        return candidate

    monkeypatch.setattr(choose, "cheaper", second)
    monkeypatch.setattr(choose, "with_blocks", second)
    monkeypatch.setattr(bands, "_rolled", lambda *_: None)
    found = _check(BAND_NETWORKS, "cortex-m4f", engine_objects, tmp_path, monkeypatch)
    assert "engine_sparse_blocks_s8" in {call.kernel for call in found}
