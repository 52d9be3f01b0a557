"""Special paths of the dense int8 kernels against ai-edge-litert's reference kernels."""

from __future__ import annotations

from pathlib import Path

from harness.codegen import compile_model
from tests.engine.agreement import check_agreement, random_inputs
from tests.engine.dense_networks import DENSE_NETWORKS
from tests.engine.networks import build


def test_special_paths_agree(engine_objects: list[Path], tmp_path: Path) -> None:
    models = []
    kernels: set[str] = set()
    for network in DENSE_NETWORKS:
        data = build(network)
        models.append((repr(network), data, random_inputs(data, 3, seed=network.seed)))
        kernels |= {op.kernel for op in compile_model(data, "special").ops}
    assert kernels >= {
        "engine_conv_s8",
        "engine_conv_max_pool_s8",
        "engine_conv_joined_s8",
        "engine_conv_joined_max_pool_s8",
        "engine_depthwise_s8",
        "engine_depthwise_3x3_s8",
        "engine_fc_s8",
        "engine_fc_per_channel_s8",
    }
    check_agreement(models, engine_objects, tmp_path)
