"""Methods on layers of every kind: what they can prune they prune, to the weight."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from harness.data.dataset import Dataset, Split
from harness.errors import InputError, TrainingError
from harness.pruning.magnitude import Magnitude
from harness.pruning.masked import Masked
from harness.pruning.steps import STEPS
from harness.training.kernels import find_kernels
from harness.training.sparsity import measure_sparsity
from harness.training.trainer import Trainer
from harness.variants.pruned import alone_text, layers_alone, short_of

METHODS: dict[str, dict[str, Any]] = {
    "l1": {},
    "gradient": {},
    "block": {},
    "magnitude": {"frequency": 1, "end_step": 2},
    "constant": {"method": "magnitude", "schedule": "constant", "scope": "global", "frequency": 1},
    "epsilon": {"method": "magnitude", "epsilon": 0.1},
}


def model_of_all(keras: Any) -> Any:
    """Words, a nested backbone in a nested model, attention, and recurrent layers."""
    layers = keras.layers
    backbone = keras.Sequential(
        [
            layers.Input((6, 8)),
            layers.Conv1D(8, 3, padding="same", name="conv"),
            layers.PReLU(name="prelu"),
            layers.SeparableConv1D(8, 3, padding="same", name="separable"),
            layers.DepthwiseConv1D(3, padding="same", name="depthwise"),
        ],
        name="inner",
    )
    outer = keras.Sequential([layers.Input((6, 8)), backbone], name="backbone")
    tokens = layers.Input((6,))
    x = layers.Embedding(9, 8, name="words")(tokens)
    x = outer(x)
    x = layers.MultiHeadAttention(2, 4, name="attention")(x, x)
    x = layers.TimeDistributed(layers.Dense(8), name="timed")(x)
    x = layers.Bidirectional(layers.GRU(4, return_sequences=True), name="both")(x)
    x = layers.EinsumDense("abc,cd->abd", (None, 8), name="einsum")(x)
    x = layers.LSTM(6, name="lstm")(x)
    return keras.Model(tokens, layers.Dense(3, activation="softmax", name="last")(x))


@pytest.fixture(scope="module")
def data() -> Dataset:
    generator = np.random.default_rng(0)
    x = generator.integers(0, 9, (32, 6)).astype(np.float32)
    split = Split(x, (x[:, 0] % 3).astype(np.int64))
    return Dataset(name="words", classes=3, train=split, validation=split, test=split)


def make(name: str, **keys: Any) -> Masked:
    keys = {"method": name, "epochs": 2} | METHODS[name] | keys
    method = STEPS[keys["method"]](name=name, **keys)
    assert isinstance(method, Masked)
    return method


def trainer(data: Dataset) -> Trainer:
    return Trainer(data, batch_size=16, seed=1, on_epoch=lambda *_: None)


BY_TFMOT = ("words", "backbone/inner/conv", "attention", "lstm", "last")


@pytest.mark.parametrize("name", METHODS)
def test_all_that_a_method_can_prune_is_pruned(name: str, keras: Any, data: Dataset) -> None:
    keras.utils.set_random_seed(1)
    base = model_of_all(keras)
    method = make(name)
    method.check(base)
    method.check_schedule(trainer(data))
    pruned = method.apply(base, trainer(data))
    assert pruned.count_params() == base.count_params()
    kernels = {(each.layer, each.name): each.variable.numpy() for each in find_kernels(pruned)}
    assert set(kernels) == {(each.layer, each.name) for each in find_kernels(base)}
    can = {(each.layer, each.name) for each in method.kernels(base)}
    for key, array in kernels.items():
        if key not in can:
            assert (array != 0).all(), key
    found = [kernels[key] for key in can]
    zeros = sum(int((array == 0).sum()) for array in found)
    size = sum(array.size for array in found)
    if name == "epsilon":
        assert 0.1 < zeros / size < 0.6
    else:
        assert zeros / size == pytest.approx(0.8, abs=0.02)
    total = sum(array.size for array in kernels.values())
    assert measure_sparsity(pruned).total == pytest.approx(zeros / total)


def test_masks_of_our_own_reach_every_kernel(keras: Any) -> None:
    base = model_of_all(keras)
    for name in ("l1", "gradient", "epsilon"):
        found = make(name).kernels(base)
        assert found == find_kernels(base)
        assert [id(each.variable) for each in found] == [
            id(each.variable) for each in find_kernels(base)
        ]


def test_tfmot_prunes_what_it_knows_in_nested_models_too(keras: Any) -> None:
    base = model_of_all(keras)
    kernels = make("magnitude").kernels(base)
    found = dict.fromkeys(each.layer for each in kernels)
    assert set(found) == {*BY_TFMOT, "backbone/inner/separable"}
    names = [each.name for each in kernels if each.layer == "backbone/inner/separable"]
    assert names == ["pointwise_kernel"]


def test_layers_of_nested_models_are_named_by_path(keras: Any, data: Dataset) -> None:
    base = model_of_all(keras)
    method = make("magnitude", layers={"backbone/inner/conv": 0.25}, exclude=("lstm", "attention"))
    method.check(base)
    found = measure_sparsity(method.apply(base, trainer(data)))
    assert found.layers["backbone/inner/conv"] == 0.25
    assert found.layers["lstm"] == found.layers["attention"] == 0
    assert found.layers["words"] == pytest.approx(0.8, abs=0.01)
    assert short_of(method, found, layers_alone(method, base)) == [
        "layer 'backbone/inner/separable': 80.0 % zeros asked, 58.0 % reached"
    ]


def test_a_layer_that_tfmot_refuses_is_named_before_training(keras: Any) -> None:
    base = model_of_all(keras)
    method = make("magnitude", layers={"both": 0.5})
    with pytest.raises(InputError, match="layers: layer 'both' has no weights to prune"):
        method.check(base)
    layers = keras.layers
    only = keras.Sequential([layers.Input((6, 2)), layers.Bidirectional(layers.LSTM(2))])
    with pytest.raises(InputError, match="variant magnitude: no layer is left to prune"):
        make("magnitude").check(only)


def test_what_is_left_alone_is_told_with_its_share_of_the_weights(keras: Any) -> None:
    base = model_of_all(keras)
    method = make("magnitude")
    sizes = measure_sparsity(base).layer_parameters
    total = sum(sizes.values())
    whole = ("backbone/inner/depthwise", "timed", "both", "einsum")
    assert layers_alone(method, base) == list(whole)
    shares = {name: sizes[name] for name in whole}
    shares = {"backbone/inner/separable.depthwise_kernel": 24} | shares
    assert alone_text(method, base) == ", ".join(
        f"{name} ({100 * size / total:.1f} % of the weights)" for name, size in shares.items()
    )
    assert layers_alone(make("l1"), base) == []
    assert alone_text(make("l1"), base) == ""


def test_a_kernel_of_ties_is_an_error_with_asked_and_reached(keras: Any) -> None:
    model = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(3, name="signs")])
    method = make("magnitude")
    assert isinstance(method, Magnitude)
    kernels = method.kernels(model)
    method.require_zeros(kernels, {"signs": 0.8}, {"signs": 0.1})
    method.require_zeros(kernels, {"signs": 0.1}, {"signs": 0.0})
    with pytest.raises(TrainingError, match=r"layer 'signs': 80.0 % zeros asked, 0.0 % reached"):
        method.require_zeros(kernels, {"signs": 0.8}, {"signs": 0.0})


@pytest.mark.parametrize(
    ("keys", "steps"),
    [
        ({"schedule": "constant", "end_step": 20}, 20),  # would prune at step 20 of 4 first
        ({"begin_step": 4, "frequency": 1}, 5),
        ({"frequency": 1, "end_step": 5}, 5),
    ],
)
def test_a_schedule_that_would_never_fire_is_refused(
    keys: dict[str, Any], steps: int, data: Dataset
) -> None:
    method = Magnitude(name="late", method="magnitude", epochs=2, **keys)
    with pytest.raises(TrainingError, match=f"end_step {steps} lies behind the last of 4 steps"):
        method.check_schedule(trainer(data))
