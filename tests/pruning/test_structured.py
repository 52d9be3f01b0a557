"""`neuron` and `filter`: the units that stay, and the files after a real training."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.codegen import read_model
from harness.codegen.weights import count_weights
from harness.data.dataset import Dataset, Split
from harness.errors import InputError, TrainingError
from harness.plan.plan import load_plan
from harness.pruning.retrained import Budget
from harness.variants.build import build_variants
from harness.variants.built import Built, BuiltVariant
from tests.pruning.small_structured import PLAN, method, plan_with
from tests.trained_here import trained_here
from tests.variants.small_nets import NETS


class Untrained:
    """A trainer that leaves out the fine-tuning and notes what it was asked for."""

    def __init__(self, classes: int, shape: tuple[int, ...]) -> None:
        rng = np.random.default_rng(0)
        x = rng.normal(size=(20, *shape)).astype(np.float32)
        part = Split(x, np.arange(20) % classes)
        self.data = Dataset("noise", part, part, part, classes=classes)
        self.asked: list[dict[str, object]] = []

    def fit(self, model: Any, masks: object, **options: object) -> None:
        assert model.built
        assert masks is None
        self.asked.append({name: options[name] for name in Budget.model_fields})


def sizes_after(net: str, kind: str, keras: Any, **parameters: object) -> dict[str, int]:
    model = NETS[net](keras).model
    before = model.get_weights()
    trainer: Any = Untrained(5, model.input_shape[1:])
    asked: dict[str, object] = {"epochs": 7, "learning_rate": 0.01, "patience": 3}
    small = method(kind, **asked, **parameters).apply(model, trainer)
    assert trainer.asked == [asked]
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    return {
        layer.name: layer.kernel.shape[-1] for layer in small.layers if hasattr(layer, "kernel")
    }


def test_a_fraction_goes_from_all_layers_but_what_is_kept_or_excluded(keras: Any) -> None:
    whole = {"stem": 6, "a": 5, "b": 6, "shortcut": 8, "c": 7, "d": 8, "digit": 5}
    found = sizes_after("residual", "filter", keras, remove=0.5, keep={"c": 2}, exclude=["d"])
    assert found == whole | {"stem": 3, "b": 3, "a": 3, "c": 2}
    assert sizes_after("residual", "filter", keras, keep={"stem": 6}) == whole


def test_one_unit_stays_at_least(keras: Any) -> None:
    found = sizes_after("cnn", "filter", keras, remove=0.99)
    assert found == {"conv": 1, "hidden": 12, "digit": 5}


@pytest.mark.parametrize("criterion", ["l1", "l2", "activation", "taylor"])
def test_the_units_that_matter_stay(criterion: str, keras: Any) -> None:
    model = NETS["cnn"](keras).model
    hidden, digit = model.get_layer("hidden"), model.get_layer("digit")
    weak = [0, 3, 4, 5, 6, 7, 8, 9, 10]
    hidden.kernel.assign(abs(hidden.kernel))  # inputs are positive: no unit is dead
    for layer, axis in ((hidden, -1), (digit, -2)):
        kernel = np.moveaxis(layer.kernel.numpy(), axis, 0)
        kernel[weak] *= 1e-3
        layer.kernel.assign(np.moveaxis(kernel, 0, axis))
    hidden.bias.assign(hidden.bias * 0)
    wanted = hidden.kernel.numpy()[:, [1, 2, 11]]
    trainer: Any = Untrained(5, (8, 8, 1))
    asked = method("neuron", keep={"hidden": 3}, criterion=criterion)
    small = asked.apply(model, trainer)
    np.testing.assert_array_equal(small.get_layer("hidden").kernel.numpy(), wanted)


def one_reader(keras: Any) -> Any:
    """A network whose first output reads one hidden unit only, and that the weakest."""
    model = NETS["cnn"](keras).model
    hidden, digit = model.get_layer("hidden"), model.get_layer("digit")
    kernel = hidden.kernel.numpy()
    kernel[:, 5] *= 1e-3
    hidden.kernel.assign(kernel)
    kernel = digit.kernel.numpy()
    kernel[:, 0] = 0
    kernel[5, 0] = 1
    digit.kernel.assign(kernel)
    return model


def test_an_output_cut_off_by_removed_units_is_refused_or_reported(
    keras: Any, caplog: pytest.LogCaptureFixture
) -> None:
    trainer: Any = Untrained(5, (8, 8, 1))
    refusing = method("neuron", remove=0.25, on_disconnect="refuse")
    with pytest.raises(TrainingError, match="layer 'digit', unit 0 would be left without") as told:
        refusing.apply(one_reader(keras), trainer)
    assert told.value.where == "variant v"
    assert trainer.asked == []
    method("neuron", remove=0.25).apply(one_reader(keras), trainer)
    assert "variant v: layer 'digit', unit 0 is left without a weight" in caplog.text
    caplog.clear()
    method("neuron", keep={"hidden": 12}).apply(one_reader(keras), trainer)
    assert caplog.text == ""


def by_name(built: Built) -> dict[str, BuiltVariant]:
    return {variant.name: variant for variant in built.variants}


SHAPES = {
    "original": [(8, 3, 3, 1), (100, 72), (10, 100)],
    "filter_neuron": [(2, 3, 3, 1), (20, 18), (10, 20)],
    "neuron_magnitude": [(8, 3, 3, 1), (20, 72), (10, 20)],
}


@pytest.mark.parametrize("dtype", ["float32", "int8"])
@pytest.mark.parametrize("name", SHAPES)
def test_removed_units_are_gone_from_the_file(structured: Built, name: str, dtype: str) -> None:
    graph = read_model(by_name(structured)[name].files[dtype].read_bytes())
    weighted = [op for op in graph.operators if op.kind in ("CONV_2D", "FULLY_CONNECTED")]
    assert [graph.tensors[op.inputs[1]].shape for op in weighted] == SHAPES[name]
    whole = read_model(by_name(structured)["original"].files[dtype].read_bytes())
    assert [op.kind for op in graph.operators] == [op.kind for op in whole.operators]
    assert {tensor.name for tensor in graph.tensors} == {tensor.name for tensor in whole.tensors}


def test_parameters_tell_what_is_gone_and_sparsity_the_zeros_that_remain(
    structured: Built,
) -> None:
    found = {
        name: (variant.parameters, variant.sparsity_target)
        for name, variant in by_name(structured).items()
    }
    assert found == {
        "original": (8390, None),
        "filter_neuron": (20 + 19 * 20 + 210, None),
        "neuron_magnitude": (80 + 73 * 20 + 210, 0.8),
    }
    assert by_name(structured)["filter_neuron"].sparsity < 0.01
    both = by_name(structured)["neuron_magnitude"]
    for layer, size in {"conv": 72, "hidden": 1440, "digit": 200}.items():
        assert abs(both.layer_sparsity[layer] * size - 0.8 * size) < 1
    counted = count_weights(read_model(both.files["float32"].read_bytes()))
    assert counted.parameters == 80 + 73 * 20 + 210
    assert counted.sparsity == pytest.approx(0.8, abs=1e-3)


def test_pruned_variants_still_classify(structured: Built) -> None:
    for variant in structured.variants:
        accuracy = (variant.keras_predictions == structured.test_y).mean()
        assert variant.keras_score == pytest.approx(accuracy)
        assert variant.keras_score > 0.3, variant.name
    assert len(by_name(structured)["filter_neuron"].history["loss"]) == 3 + 3


def test_an_unknown_layer_is_refused_before_any_training(tmp_path: Path, keras: Any) -> None:
    plan = plan_with(keep={"hiden": 20})
    told: list[str] = []
    unknown = r"no layer 'hiden' \(did you mean 'hidden'\?\)"
    with trained_here(keras), pytest.raises(InputError, match=unknown):
        build_variants(plan, cache_dir=tmp_path, on_progress=lambda p: told.append(p.stage))
    assert told == ["start"]


def test_a_plan_with_structured_pruning_is_loaded_without_numpy() -> None:
    code = (
        "import sys; from pathlib import Path; from harness.plan.plan import load_plan; "
        f"load_plan(Path({str(PLAN)!r})); "
        "print([name for name in ('tensorflow', 'numpy') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=PLAN.parents[1],
    )
    assert done.stdout.strip() == "[]"


def test_the_committed_plan_holds_every_kind() -> None:
    assert [variant.parameters["method"] for variant in load_plan(PLAN).variants] == [
        *("none", "neuron", "filter", "chain", "chain")
    ]
