"""What every method for single weights promises, on one real training of a few epochs."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.errors import InputError
from harness.pruning.steps import STEPS
from harness.pruning.unstructured import Unstructured
from harness.variants.build import build_variants
from harness.variants.built import Built
from harness.variants.cache import VariantCache
from harness.variants.progress import Progress
from tests.pruning.small_digits import (
    EVERYWHERE,
    SIZES,
    file_zeros,
    in_blocks,
    kernels,
    small_plan,
    variant,
    weights,
)
from tests.trained_here import trained_here

# Every method runs, with its defaults; those of PARAMETERS with these parameters.
PARAMETERS: dict[str, dict[str, Any]] = {
    "random": {"epochs": 2, "layers": {"conv": 0.5}, "exclude": ["digit"]},
    "l1": {"epochs": 2, "learning_rate": 0.002},
    "l2": {"epochs": 2, "scope": "global"},
    "iterative": {"epochs": 3, "cycles": 2},
    "gradient": {"epochs": 2, "sparsity": 0.97, "exclude": ["conv"]},
    "during_training": {"epochs": 4, "frequency": 1},
    "magnitude": {
        "epochs": 3,
        "frequency": 5,
        "final_sparsity": 0.985,
        "layers": {"hidden": 0.5},
        "exclude": ["conv"],
    },
    "magnitude_global": {
        "method": "magnitude",
        "epochs": 3,
        "frequency": 5,
        "schedule": "constant",
        "scope": "global",
    },
    "epsilon": {"method": "magnitude", "epochs": 2, "epsilon": 0.04, "exclude": ["conv"]},
    "block": {"epochs": 2},
    "two_of_four": {"method": "block", "epochs": 2, "sparsity_m_by_n": [2, 4]},
}
DEFAULTS: dict[str, dict[str, Any]] = {
    name: {"epochs": 2}
    for name, kind in STEPS.items()
    if issubclass(kind, Unstructured) and name not in PARAMETERS
}
METHODS = PARAMETERS | DEFAULTS


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("unstructured")


@pytest.fixture(scope="session")
def built(cache: Path, keras: Any) -> Built:
    plan = small_plan(METHODS, ("float32", "int8"))
    with trained_here(keras):
        return build_variants(plan, cache_dir=cache, on_progress=lambda _: None)


@pytest.mark.parametrize(
    ("name", "zeros"),
    [
        ("random", {"conv": 36, "hidden": 5760, "digit": 0}),
        ("l1", EVERYWHERE),
        ("iterative", EVERYWHERE),
        ("gradient", {"conv": 0, "hidden": 6984, "digit": 970}),
        ("during_training", EVERYWHERE),
        ("magnitude", {"conv": 0, "hidden": 3600, "digit": 985}),
        ("block", {"conv": 19 * 3, "hidden": 1440 * 4, "digit": 200 * 4}),
        ("two_of_four", {"conv": 24, "hidden": 3600, "digit": 500}),
        *((name, EVERYWHERE) for name in DEFAULTS),
    ],
)
def test_zeros_are_exact_in_the_model_and_survive_into_the_files(
    built: Built, name: str, zeros: dict[str, int]
) -> None:
    measured = variant(built, name).layer_sparsity
    assert {layer: round(measured[layer] * size) for layer, size in SIZES.items()} == zeros
    assert file_zeros(built, name, "float32") == zeros
    for layer, count in file_zeros(built, name, "int8").items():
        assert count >= zeros[layer]


@pytest.mark.parametrize("name", ["l2", "magnitude_global"])
def test_a_global_threshold_is_exact_over_all_layers(built: Built, name: str) -> None:
    zeros = file_zeros(built, name, "float32")
    assert sum(zeros.values()) == round(0.8 * 8272)
    assert zeros != EVERYWHERE


@pytest.mark.parametrize("name", ["gradient", "magnitude"])
def test_no_digit_is_cut_off(built: Built, name: str) -> None:
    digit = kernels(variant(built, name).files["float32"])["digit"]
    assert (np.count_nonzero(digit, axis=1) > 0).all()


@pytest.mark.parametrize(("layer", "whole"), [("conv", 3), ("hidden", 4), ("digit", 4)])
def test_blocks_of_the_file_are_all_zero_or_whole(built: Built, layer: str, whole: int) -> None:
    left = in_blocks(kernels(variant(built, "block").files["float32"])[layer])
    assert set(left.tolist()) == {0, whole}
    assert int((left == 0).sum()) == {"conv": 19, "hidden": 1440, "digit": 200}[layer]
    for array in kernels(variant(built, "block").files["int8"]).values():
        assert (in_blocks(array) == 0).mean() >= 0.79


@pytest.mark.parametrize("dtype", ["float32", "int8"])
def test_two_of_four_weights_in_a_row_are_zero(built: Built, dtype: str) -> None:
    for array in kernels(variant(built, "two_of_four").files[dtype]).values():
        assert in_blocks(array).max() == 2


def test_epsilon_prunes_what_is_smaller_in_the_base(built: Built) -> None:
    base = kernels(variant(built, "original").files["float32"])
    pruned = kernels(variant(built, "epsilon").files["float32"])
    for layer in ("hidden", "digit"):
        assert np.array_equal(pruned[layer] == 0, np.abs(base[layer]) < np.float32(0.04))
    assert (pruned["conv"] != 0).all()
    assert 0.1 < variant(built, "epsilon").sparsity < 0.9
    assert variant(built, "epsilon").sparsity_target is None


def test_pruned_weights_are_plain_zeros(built: Built) -> None:
    for array in kernels(variant(built, "during_training").files["float32"]).values():
        assert not np.signbit(array[array == 0]).any()


def test_the_base_is_untouched_by_all_methods_before_the_original(
    built: Built, cache: Path
) -> None:
    folders = VariantCache(cache, small_plan(METHODS))
    base = weights(folders.base_model())
    original = weights(folders.variant(small_plan(METHODS).variants[-1]))
    assert sum(array.size for array in base) == 8390
    assert all(np.array_equal(a, b) for a, b in zip(base, original, strict=True))
    assert variant(built, "original").sparsity < 0.01


def test_the_weights_that_stay_are_retrained(built: Built) -> None:
    before = kernels(variant(built, "original").files["float32"])
    for name in METHODS:
        after = kernels(variant(built, name).files["float32"])
        kept = after["hidden"] != 0
        assert (after["hidden"][kept] != before["hidden"][kept]).mean() > 0.25


def test_every_epoch_asked_for_is_in_the_history(built: Built) -> None:
    for name, keys in METHODS.items():
        history = variant(built, name).history
        assert set(history) == {"loss", "accuracy", "val_loss", "val_accuracy"}
        assert {len(values) for values in history.values()} == {keys["epochs"]}
    accuracy = variant(built, "iterative").history["accuracy"]
    assert 0.2 < accuracy[-1] < 1


def test_the_penalty_acts_in_the_first_epochs_only(built: Built) -> None:
    """Training loss holds the penalty, validation loss does not."""
    history = variant(built, "l1").history
    excess = np.array(history["loss"]) - history["val_loss"]
    assert excess[0] > 0.3
    assert excess[1] < 0.2


def test_the_same_bytes_again_from_the_same_base(built: Built, cache: Path, tmp_path: Path) -> None:
    names = ("during_training", "random")
    plan = small_plan({name: METHODS[name] for name in names})
    base = VariantCache(cache, plan).base_model()
    shutil.copytree(base, VariantCache(tmp_path, plan).base_model())
    again = build_variants(plan, cache_dir=tmp_path, on_progress=lambda _: None, workers=1)
    for name in names:
        first, second = (variant(each, name).files["float32"] for each in (built, again))
        assert first.read_bytes() == second.read_bytes()


def test_an_unknown_layer_is_told_before_anything_is_trained(tmp_path: Path, keras: Any) -> None:
    plan = small_plan({"random": {"exclude": ["hiden"]}})
    told: list[Progress] = []
    unknown = r"no layer 'hiden' \(did you mean 'hidden'\?\)"
    with trained_here(keras), pytest.raises(InputError, match=unknown):
        build_variants(plan, cache_dir=tmp_path, on_progress=told.append)
    assert [step.stage for step in told] == ["start"]
    assert not VariantCache(tmp_path, plan).base_model().exists()
