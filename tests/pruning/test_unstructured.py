"""What every method for single weights promises, on one real training of a few epochs."""

from __future__ import annotations

import shutil
import tomllib
import zipfile
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import h5py
import numpy as np
import pytest

from harness.codegen import read_model
from harness.errors import InputError, PlanError
from harness.plan.plan import Plan, parse_plan
from harness.pruning.block import Block
from harness.pruning.gradient import Gradient
from harness.pruning.magnitude import Magnitude
from harness.pruning.masked import Masked
from harness.pruning.method import Method
from harness.pruning.original import Original
from harness.pruning.random import Random
from harness.training.kernels import Kernel
from harness.variants.build import build_variants
from harness.variants.built import Built, BuiltVariant
from harness.variants.cache import VariantCache
from harness.variants.progress import Progress

ROOT = Path(__file__).parents[2]
SIZES = {"conv": 72, "hidden": 7200, "digit": 1000}
EVERYWHERE = {"conv": 58, "hidden": 5760, "digit": 800}  # zeros at 80 %
METHODS: dict[str, dict[str, Any]] = {
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


def small_plan(variants: dict[str, dict[str, Any]], dtypes: tuple[str, ...] = ()) -> Plan:
    """The original comes last, so that whatever changed the base would show in it."""
    data = tomllib.loads((ROOT / "plans" / "methods.toml").read_text(encoding="utf-8"))
    data["model"] = {"entry": "models.digits_cnn", "epochs": 4}
    data["variant"] = [{"name": name, "method": name} | keys for name, keys in variants.items()]
    data["variant"].append({"name": "original", "method": "none"})
    data["matrix"]["dtypes"] = list(dtypes or ("float32",))
    return parse_plan(data, "small")


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("unstructured")


@pytest.fixture(scope="session")
def built(cache: Path) -> Built:
    plan = small_plan(METHODS, ("float32", "int8"))
    return build_variants(plan, cache_dir=cache, on_progress=lambda _: None)


def variant(built: Built, name: str) -> BuiltVariant:
    return next(item for item in built.variants if item.name == name)


def kernels(path: Path) -> dict[str, np.ndarray]:
    graph = read_model(path.read_bytes())
    weighted = ("CONV_2D", "FULLY_CONNECTED")
    found = [graph.tensors[op.inputs[1]].data for op in graph.operators if op.kind in weighted]
    return {name: array for name, array in zip(SIZES, found, strict=True) if array is not None}


def file_zeros(built: Built, name: str, dtype: str) -> dict[str, int]:
    arrays = kernels(variant(built, name).files[dtype])
    assert {layer: array.size for layer, array in arrays.items()} == SIZES
    return {layer: int((array == 0).sum()) for layer, array in arrays.items()}


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


def in_blocks(weights: np.ndarray) -> np.ndarray:
    """Non-zeros of each block along the runs of a TFLite kernel (outputs, …, inputs)."""
    taps = int(np.prod(weights.shape[-2:])) if weights.ndim == 4 else weights.shape[-1]
    runs = weights.reshape(-1, taps)
    filled = np.pad(runs, ((0, 0), (0, -taps % 4)))
    return np.count_nonzero(filled.reshape(-1, 4), axis=1)


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


def weights(folder: Path) -> list[np.ndarray]:
    """Those of the layers, without the optimizer's and the metrics'."""
    found: list[np.ndarray] = []
    with zipfile.ZipFile(folder / "model.keras") as archive:
        content = archive.read("model.weights.h5")
    with h5py.File(BytesIO(content)) as file:
        for name in sorted(set(file) - {"optimizer", "metrics"}):
            file[name].visititems(
                lambda _, item: found.append(item[()]) if hasattr(item, "dtype") else None
            )
    return found


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
    again = build_variants(plan, cache_dir=tmp_path, on_progress=lambda _: None)
    for name in names:
        first, second = (variant(each, name).files["float32"] for each in (built, again))
        assert first.read_bytes() == second.read_bytes()


def test_an_unknown_layer_is_told_before_anything_is_trained(tmp_path: Path) -> None:
    plan = small_plan({"random": {"exclude": ["hiden"]}})
    told: list[Progress] = []
    with pytest.raises(InputError, match=r"no layer 'hiden' \(did you mean 'hidden'\?\)"):
        build_variants(plan, cache_dir=tmp_path, on_progress=told.append)
    assert [step.stage for step in told] == ["start"]
    assert not VariantCache(tmp_path, plan).base_model().exists()


ORIGINAL = Original(name="a", method="none")


def layer(name: str, **kernel: object) -> SimpleNamespace:
    return SimpleNamespace(name=name, **kernel)


MODEL = SimpleNamespace(
    _is_graph_network=True,
    layers=[layer("conv", kernel=1), layer("pool"), layer("hidden", kernel=1)],
)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (
            {"layers": {"hid": 0.5}},
            "variant a, layers: there is no layer 'hid' (did you mean 'hidden'?); "
            "layers with weights to prune: conv, hidden",
        ),
        (
            {"exclude": ("pool",)},
            "variant a, exclude: layer 'pool' has no weights to prune; "
            "layers with weights to prune: conv, hidden",
        ),
        (
            {"exclude": ("conv", "hidden")},
            "variant a: no layer is left to prune; "
            "all layers with weights are excluded: conv, hidden",
        ),
    ],
)
def test_layers_that_do_not_fit_the_model(keys: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as caught:
        Random(name="a", method="random", **keys).check(MODEL)
    assert str(caught.value) == message


@pytest.mark.parametrize("method", [Random(name="a", method="random"), ORIGINAL])
def test_a_subclassed_model_is_refused(method: Method, keras: Any) -> None:
    class Own(keras.Model):  # type: ignore[misc]
        """Its layers' connections are code."""

    with pytest.raises(InputError, match="variant a: 'own' is a subclassed model: how its layers"):
        method.check(Own(name="own"))


@pytest.mark.parametrize(
    ("method", "prunable"),
    [
        (Magnitude(name="a", method="magnitude"), "point, digit"),
        (Block(name="a", method="block"), "point, digit"),
        (Magnitude(name="a", method="magnitude", epsilon=0.1), "deep, point, digit"),
    ],
    ids=["magnitude", "block", "epsilon"],
)
def test_what_a_method_cannot_prune_is_no_layer_of_its(
    method: Masked, prunable: str, keras: Any
) -> None:
    layers = keras.layers
    model = keras.Sequential(
        [
            layers.Input((4, 4, 2)),
            layers.DepthwiseConv2D(3, name="deep"),
            layers.Conv2D(3, 1, name="point"),
            layers.Flatten(name="flatten"),
            layers.Dense(5, name="digit"),
        ]
    )
    with pytest.raises(InputError) as caught:
        method.model_copy(update={"layers": {"flatten": 0.5}}).check(model)
    assert caught.value.hint == f"layers with weights to prune: {prunable}"


def test_random_masks_depend_on_the_seed_only() -> None:
    method = Random(name="a", method="random")
    kernel = (Kernel("hidden", "kernel", SimpleNamespace(shape=(9, 4)), 1),)

    def drawn(seed: int) -> list[float]:
        trainer: Any = SimpleNamespace(seed=seed)
        return method.scores(None, kernel, trainer)[0].ravel().tolist()

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)


@pytest.mark.parametrize(
    ("criterion", "expected"), [("taylor", [2.0, 12.0]), ("gradient", [2.0, 4.0])]
)
def test_the_criterion_adds_absolute_values_over_batches(
    criterion: Any, expected: list[float]
) -> None:
    weight = np.array([1.0, -3.0])
    kernel = (Kernel("a", "kernel", SimpleNamespace(numpy=lambda: weight), 1),)
    batches = [[np.array([1.0, 2.0])], [np.array([-1.0, -2.0])]]
    trainer: Any = SimpleNamespace(batch_gradients=lambda *_: batches)
    method = Gradient(name="a", method="gradient", criterion=criterion)
    assert method.scores(None, kernel, trainer)[0].tolist() == expected


@pytest.mark.parametrize(
    ("method", "keys", "problem"),
    [
        ("random", {"sparsity": 1.5}, ".sparsity: 1.5 is out of range: it has to be less than 1"),
        (
            "l1",
            {"layers": {"conv": 1.5}},
            ".layers.conv: 1.5 is out of range: it has to be less than 1",
        ),
        ("l2", {"layers": {"conv": "half"}}, ".layers.conv: 'half' is not a number"),
        ("random", {"exclude": "conv"}, ".exclude: 'conv' is not a list"),
        (
            "gradient",
            {"criterion": "tailor"},
            ".criterion: 'tailor' is not one of taylor, gradient (did you mean 'taylor'?)",
        ),
        ("iterative", {"cycels": 3}, ".cycels: unknown key (did you mean 'cycles'?)"),
        ("iterative", {"cycles": 9, "epochs": 8}, ": 9 cycles in 8 epochs: raise epochs"),
        (
            "l1",
            {"epochs": 10, "penalty_epochs": 10},
            ": penalty_epochs 10 leaves none of 10 epochs",
        ),
        (
            "during_training",
            {"begin_epoch": 8, "end_epoch": 8, "epochs": 10},
            ": begin_epoch 8, end_epoch 8 and epochs 10 have to rise",
        ),
        (
            "magnitude",
            {"epsilon": 0.1, "schedule": "constant"},
            ": schedule means nothing with epsilon, which decides alone",
        ),
        (
            "magnitude",
            {"epsilon": 0.1, "final_sparsity": 0.8},
            ": final_sparsity means nothing with epsilon, which decides alone",
        ),
        (
            "magnitude",
            {"epsilon": 0.0},
            ".epsilon: 0.0 is out of range: it has to be greater than 0",
        ),
        ("magnitude", {"epsilon": "small"}, ".epsilon: 'small' is not a number"),
        ("block", {"block_size": [4, 4]}, ".block_size[0]: 4 is not one of 1"),
        (
            "block",
            {"block_size": [1, 1]},
            ".block_size[1]: 1 is out of range: it has to be greater than 1",
        ),
        (
            "block",
            {"sparsity_m_by_n": [4, 4]},
            ": sparsity_m_by_n [4, 4] would leave no weight",
        ),
        (
            "block",
            {"sparsity_m_by_n": [2, 4], "sparsity": 0.5},
            ": sparsity means nothing with sparsity_m_by_n, which decides alone",
        ),
        (
            "random",
            {"layers": {"conv": 0.5}, "exclude": ["conv"]},
            ": layer 'conv' stands under layers and under exclude",
        ),
    ],
)
def test_mistakes_in_a_plan_are_told_with_their_key(
    method: str, keys: dict[str, Any], problem: str
) -> None:
    with pytest.raises(PlanError) as caught:
        small_plan({method: keys})
    assert caught.value.problems == [f"variant[0]{problem}"]
