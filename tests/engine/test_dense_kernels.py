"""Special paths of the dense int8 kernels against ai-edge-litert's reference kernels."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.codegen import compile_model
from harness.codegen.cores import GENERIC
from tests.engine.agreement import check_agreement, random_inputs
from tests.engine.dense_networks import DENSE_NETWORKS
from tests.engine.networks import build

_DEPTHWISE = {"engine_depthwise_s8"}
_BLOCKS = {
    "engine_conv_s8",
    "engine_conv_max_pool_s8",
    "engine_conv_joined_s8",
    "engine_conv_joined_max_pool_s8",
    "engine_depthwise_3x3_s8",
    "engine_fc_s8",
    "engine_fc_per_channel_s8",
}
_DIRECT = {"engine_fc_direct_s8", "engine_fc_direct_per_channel_s8"}
_PLAIN = {
    "engine_conv_plain_s8",
    "engine_conv_plain_max_pool_s8",
    "engine_fc_plain_s8",
    "engine_fc_plain_per_channel_s8",
}


@pytest.mark.parametrize(
    ("core", "chosen", "others"),
    [
        (GENERIC, _BLOCKS, _PLAIN | _DIRECT),
        ("cortex-m3", _BLOCKS - {"engine_fc_s8"} | _DIRECT, _PLAIN),
        ("cortex-m55", _PLAIN, _BLOCKS | _DIRECT),
    ],
)
def test_special_paths_agree(
    core: str, chosen: set[str], others: set[str], engine_objects: list[Path], tmp_path: Path
) -> None:
    models = []
    kernels: set[str] = set()
    for network in DENSE_NETWORKS:
        data = build(network)
        models.append((repr(network), data, random_inputs(data, 3, seed=network.seed)))
        kernels |= {op.kernel for op in compile_model(data, "special", core=core).ops}
    assert kernels >= chosen | _DEPTHWISE
    assert not kernels & others
    check_agreement(models, engine_objects, tmp_path, core)
