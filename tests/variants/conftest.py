"""Keras for tests of what happens inside the training process, and one small real training."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.plan import parse_plan
from harness.variants.build import build_variants
from harness.variants.built import Built

PLANS = Path(__file__).parents[2] / "plans"


@pytest.fixture(scope="session")
def keras() -> Iterator[Any]:
    """tf_keras, set up as the training process does."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TF_USE_LEGACY_KERAS", "1")
        patch.setenv("TF_CPP_MIN_LOG_LEVEL", "2")
        patch.setenv("CUDA_VISIBLE_DEVICES", "-1")
        import tf_keras

        yield tf_keras


@pytest.fixture(scope="session")
def structured(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The original and the chains of plans/structured.toml after a training of seconds."""
    data = tomllib.loads((PLANS / "structured.toml").read_text(encoding="utf-8"))
    data["model"] |= {"epochs": 6}
    data["variant"] = [data["variant"][0], *data["variant"][3:]]
    for variant in data["variant"]:
        for step in variant.get("steps", [variant]):
            if step["method"] != "none":
                step["epochs"] = 3
            if step["method"] == "magnitude":
                step["frequency"] = 5
    cache = tmp_path_factory.mktemp("structured")
    plan = parse_plan(data, "structured")
    return build_variants(plan, cache_dir=cache, on_progress=lambda _: None)
