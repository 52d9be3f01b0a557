"""A nested model through a whole build: what is left alone is told, stored and counted."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from harness.plan.plan import parse_plan
from harness.pruning.magnitude import Magnitude
from harness.training.sparsity import Sparsity
from harness.variants.build import build_variants
from harness.variants.progress import Progress
from harness.variants.pruned import short_of
from harness.variants.untrained import check_plan
from tests.trained_here import trained_here

ROOT = Path(__file__).parents[2]
ENTRY = """
from models.digits_cnn import dataset

def build():
    import tf_keras as keras
    layers = keras.layers
    backbone = keras.Sequential(
        [
            layers.Input((8, 8, 1)),
            layers.Conv2D(4, 3, strides=2, name="conv"),
            layers.DepthwiseConv2D(2, name="deep"),
            layers.Flatten(name="flatten"),
        ],
        name="backbone",
    )
    head = layers.Dense(10, activation="softmax", name="head")
    return keras.Sequential([layers.Input((8, 8, 1)), backbone, head], name="nested")
"""
SIZES = {"backbone/conv": 36, "backbone/deep": 16, "head": 160}
NOTE = "leaves alone backbone/deep (7.5 % of the weights)"


def test_a_nested_model_is_pruned_counted_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keras: Any
) -> None:
    (tmp_path / "nested_digits.py").write_text(ENTRY, encoding="utf-8")
    data = tomllib.loads((ROOT / "plans" / "digits.toml").read_text(encoding="utf-8"))
    data |= {"model": {"entry": "nested_digits", "epochs": 1}, "trust": True}
    data["variant"][1] |= {"epochs": 2, "frequency": 5}
    data["matrix"]["dtypes"] = ["float32"]
    monkeypatch.syspath_prepend(str(tmp_path))
    plan = parse_plan(data, "nested")
    name = plan.variants[1].name
    cache = tmp_path / "cache"
    told: list[Progress] = []
    with trained_here(keras):
        assert check_plan(plan, cache, lambda _: None).left_alone == (Progress(name, NOTE),)
        built = build_variants(plan, cache_dir=cache, on_progress=told.append)
    notes = [item for item in told if item.stage == NOTE]
    assert [item.variant for item in notes] == [name]
    epochs = [number for number, item in enumerate(told) if item.epoch]
    assert told.index(notes[0]) < epochs[0]
    found = built.variants[1]
    assert found.layer_parameters == SIZES
    assert found.layer_targets == {"backbone/conv": 0.8, "head": 0.8}
    zeros = {layer: round(found.layer_sparsity[layer] * size) for layer, size in SIZES.items()}
    assert zeros == {"backbone/conv": 29, "backbone/deep": 0, "head": 128}
    assert found.sparsity == pytest.approx((29 + 128) / 212)
    assert found.parameters == 212 + 4 + 4 + 10


def test_a_layer_with_fewer_zeros_than_asked_is_told() -> None:
    method = Magnitude(name="a", method="magnitude", exclude=("dense",))
    sparsity = {"short": 0.78, "near": 0.795, "dense": 0.0, "alone": 0.0, "tiny": 0.7}
    sizes = {"short": 1000, "near": 1000, "dense": 10, "alone": 10, "tiny": 10}
    found = short_of(method, Sparsity(0.5, sparsity, sizes, 2030, 2030), ["alone"])
    assert found == ["layer 'short': 80.0 % zeros asked, 78.0 % reached"]
