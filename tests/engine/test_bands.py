"""Layers computed by bands of rows with the sum behind them, against the reference kernels."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.codegen import bands, choose, compile_model
from harness.codegen.calls import Call
from tests.engine.agreement import check_agreement, random_inputs
from tests.engine.band_networks import BAND_NETWORKS
from tests.engine.networks import build

_KERNELS = {
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


def _check(core: str, objects: list[Path], folder: Path, patch: pytest.MonkeyPatch) -> set[str]:
    """All networks agree by bands of a row or two; the kernels that computed them."""
    patch.setattr(bands, "_MACS_MIN", 1)
    models = []
    kernels: set[str] = set()
    for network in BAND_NETWORKS:
        data = build(network)
        models.append((repr(network), data, random_inputs(data, 2, seed=network.seed)))
        compiled = compile_model(data, "bands", core=core)
        by_bands = [call.kernel for call in compiled.calls if call.bands]
        assert by_bands, network
        kernels.update(by_bands)
    check_agreement(models, objects, folder, core)
    return kernels


@pytest.mark.parametrize("core", sorted(_KERNELS))
def test_chosen_kernels_agree_by_bands(
    core: str, engine_objects: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _check(core, engine_objects, tmp_path, monkeypatch) >= _KERNELS[core]


def test_weights_in_blocks_agree_by_bands(
    engine_objects: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def second(_: Call, candidate: Call, *__: object) -> Call:
        return candidate

    monkeypatch.setattr(choose, "cheaper", second)
    monkeypatch.setattr(choose, "with_blocks", second)
    kernels = _check("cortex-m4f", engine_objects, tmp_path, monkeypatch)
    assert "engine_sparse_blocks_s8" in kernels
