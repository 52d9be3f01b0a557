"""`neuron` and `filter`: what they refuse, and what a real training leaves in the files."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.codegen import read_model
from harness.codegen.weights import count_weights
from harness.data.dataset import Dataset, Split
from harness.errors import InputError, PlanError, TrainingError
from harness.plan.plan import Plan, load_plan, parse_plan
from harness.pruning.filter import Filter
from harness.pruning.neuron import Neuron
from harness.variants.build import build_variants
from harness.variants.built import Built, BuiltVariant
from tests.variants.small_nets import NETS

PLAN = Path(__file__).parents[2] / "plans" / "structured.toml"


def method(kind: str, **parameters: object) -> Neuron | Filter:
    made = {"neuron": Neuron, "filter": Filter}[kind]
    return made.model_validate({"name": "v", "method": kind} | parameters)


def plan_with(**variant: object) -> Plan:
    data = tomllib.loads(PLAN.read_text(encoding="utf-8"))
    data["variant"] = [data["variant"][0], {"name": "v", "method": "neuron"} | variant]
    return parse_plan(data, "plan")


@pytest.mark.parametrize(
    ("variant", "problem"),
    [
        ({}, "variant[1]: say what goes: keep = { layer = units } or remove = fraction"),
        (
            {"method": "filter"},
            "variant[1]: say what goes: keep = { layer = filters } or remove = fraction",
        ),
        (
            {"keep": {"hidden": 0}},
            "variant[1].keep.hidden: 0 is out of range: it has to be greater than 0",
        ),
        ({"keep": {"hidden": 0.5}}, "variant[1].keep.hidden: 0.5 is not a whole number"),
        ({"keep": 20}, "variant[1].keep: 20 is not a table"),
        (
            {"remove": 1.0},
            "variant[1].remove: 1.0 is out of range: it has to be less than 1",
        ),
        (
            {"remove": 0.5, "exclude": ["a"], "keep": {"a": 3}},
            "variant[1]: layer 'a' is both in keep and in exclude",
        ),
        (
            {"keep": {"a": 3}, "exclude": ["b"]},
            "variant[1]: exclude means nothing without remove",
        ),
        (
            {"keep": {"a": 3}, "criterion": "tailor"},
            "variant[1].criterion: 'tailor' is not one of l1, l2, activation, taylor "
            "(did you mean 'taylor'?)",
        ),
        ({"keeps": {"a": 3}}, "variant[1].keeps: unknown key (did you mean 'keep'?)"),
    ],
)
def test_a_plans_mistakes(variant: dict[str, object], problem: str) -> None:
    with pytest.raises(PlanError) as caught:
        plan_with(**variant)
    assert problem in caught.value.problems


@pytest.mark.parametrize(
    ("net", "kind", "parameters", "message"),
    [
        (
            "cnn",
            "neuron",
            {"keep": {"hiden": 3}},
            "variant v, keep: there is no layer 'hiden' (did you mean 'hidden'?); layers: conv, "
            "relu, pool, dropout, flatten, hidden, digit",
        ),
        (
            "cnn",
            "neuron",
            {"remove": 0.5, "exclude": ["hiddne"]},
            "variant v, exclude: there is no layer 'hiddne' (did you mean 'hidden'?); layers: conv,"
            " relu, pool, dropout, flatten, hidden, digit",
        ),
        (
            "cnn",
            "neuron",
            {"keep": {"hidden": 13}},
            "variant v, keep: layer 'hidden' has 12 units, 13 cannot remain",
        ),
        (
            "cnn",
            "neuron",
            {"keep": {"digit": 3}},
            "variant v, keep: layer 'digit' cannot be pruned: its channels are the model's output; "
            "method neuron prunes: hidden",
        ),
        (
            "cnn",
            "neuron",
            {"keep": {"conv": 3}},
            "variant v, keep: layer 'conv' is a Conv2D layer; method filter prunes it",
        ),
        (
            "cnn",
            "filter",
            {"keep": {"pool": 3}},
            "variant v, keep: layer 'pool' (MaxPooling2D) has no filters of its own; "
            "method filter prunes: conv",
        ),
        (
            "ds_cnn",
            "filter",
            {"keep": {"deep2": 3}},
            "variant v, keep: layer 'deep2' follows 'point1'; method filter prunes: stem, point1",
        ),
        (
            "residual",
            "neuron",
            {"remove": 0.5},
            "variant v, remove: no other Dense layer can be pruned",
        ),
        (
            "residual",
            "filter",
            {"keep": {"stem": 3, "b": 4}},
            "variant v, keep: 'stem' and 'b' lose the same filters, for their outputs are added: "
            "3 and 4 contradict each other; give one of them only",
        ),
        (
            "residual",
            "filter",
            {"keep": {"stem": 3}, "remove": 0.5, "exclude": ["b"]},
            "variant v, exclude: 'b' loses the same filters as 'stem', which is in keep",
        ),
    ],
)
def test_what_does_not_fit_the_model_is_refused(
    net: str, kind: str, parameters: dict[str, object], message: str, keras: Any
) -> None:
    with pytest.raises(InputError) as caught:
        method(kind, **parameters).check(NETS[net](keras).model)
    assert str(caught.value) == message


class Untrained:
    """A trainer that leaves out the fine-tuning and notes what it was asked for."""

    def __init__(self, classes: int, shape: tuple[int, ...]) -> None:
        rng = np.random.default_rng(0)
        x = rng.normal(size=(20, *shape)).astype(np.float32)
        part = Split(x, np.arange(20) % classes)
        self.data = Dataset("noise", part, part, part, classes=classes)
        self.asked: list[dict[str, object]] = []

    def fit(self, model: Any, **options: object) -> None:
        assert model.built
        self.asked.append(options)


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


def test_an_unknown_layer_is_refused_before_any_training(tmp_path: Path) -> None:
    plan = plan_with(keep={"hiden": 20})
    told: list[str] = []
    with pytest.raises(InputError, match=r"no layer 'hiden' \(did you mean 'hidden'\?\)"):
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
