"""`neuron` and `filter`: what a plan cannot ask for, and what does not fit a model."""

from __future__ import annotations

from typing import Any

import pytest

from harness.errors import InputError, PlanError
from tests.pruning.small_structured import method, plan_with
from tests.variants.small_nets import NETS


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
            "variant v, remove: no other Dense, SimpleRNN, GRU or LSTM layer can be pruned",
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
