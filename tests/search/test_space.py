"""Shapes of a model file and their modelled costs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from harness.codegen import compile_model, modelled_cost
from harness.errors import InputError
from harness.search.shape import Shape
from harness.search.space import Space

DATA = Path(__file__).parents[1] / "data"
DIGITS = (DATA / "digits_int8.tflite").read_bytes()
CORE = "cortex-m4f"


@pytest.fixture
def space() -> Space:
    return Space.of(DIGITS, ["conv", "hidden"], ["conv", "hidden"])


def test_the_space_of_the_digits_classifier(space: Space) -> None:
    assert {name: space.size(name) for name in space.units} == {"conv": 8, "hidden": 100}
    assert list(space.layers) == ["conv", "hidden"]


def test_the_whole_shape_costs_what_the_build_of_the_file_takes(space: Space) -> None:
    model = compile_model(DIGITS, "m", core=CORE)
    cost = space.cost(space.whole, CORE, "balanced")
    assert (cost.const_bytes, cost.arena_bytes) == (model.const_bytes, model.arena_bytes)
    assert cost.time == modelled_cost(space.graph, CORE).time


def test_units_are_gone_from_all_that_read_them(space: Space) -> None:
    graph = space.graph_of(Shape((("conv", 3), ("hidden", 7))))
    shapes = [
        graph.tensors[op.inputs[1]].shape
        for op in graph.operators
        if op.kind in ("CONV_2D", "FULLY_CONNECTED")
    ]
    assert shapes == [(3, 3, 3, 1), (7, 27), (10, 7)]


def test_zeros_are_those_asked_for(space: Space) -> None:
    graph = space.graph_of(Shape((("conv", 4), ("hidden", 50)), (("conv", 0.5), ("hidden", 0.75))))
    zeros = [
        int(np.count_nonzero(graph.tensors[op.inputs[1]].data == 0))
        for op in graph.operators[:4]
        if op.kind in ("CONV_2D", "FULLY_CONNECTED")
    ]
    assert zeros == [18, 1350]


def test_costs_fall_with_the_shape(space: Space) -> None:
    shapes = [Shape((("conv", 8), ("hidden", hidden))) for hidden in (96, 48, 24)]
    costs = [space.cost(shape, CORE, "time") for shape in shapes]
    assert costs[0].time > costs[1].time > costs[2].time
    assert costs[0].const_bytes > costs[1].const_bytes > costs[2].const_bytes
    capacities = [space.capacity(shape) for shape in shapes]
    assert capacities == sorted(capacities, reverse=True)


def test_joined_units_are_cut_together() -> None:
    data = (DATA / "resnet_int8.tflite").read_bytes()
    names = ["stem", "pw1", "conv2", "conv3", "short"]
    space = Space.of(data, names, names)
    assert {name: space.size(name) for name in space.units} == {"stem": 8, "conv2": 16, "conv3": 16}
    graph = space.graph_of(Shape((("stem", 5), ("conv3", 6))))
    assert graph.tensors[graph.operators[3].outputs[0]].shape == (1, 8, 8, 5)
    assert graph.tensors[graph.operators[7].outputs[0]].shape == (1, 4, 4, 6)
    smaller = space.cost(Shape((("stem", 5), ("conv3", 6))), CORE, "time")
    assert smaller.time < space.cost(space.whole, CORE, "time").time


def test_drawn_shapes_and_neighbours_stay_inside(space: Space) -> None:
    generator = np.random.default_rng(1)
    for _ in range(50):
        shape = space.drawn(generator)
        for each in (shape, space.neighbour(shape, generator)):
            assert all(1 <= count <= space.size(name) for name, count in each.keep)
            assert all(0 <= share <= 0.9 for _, share in each.zeros)
    again = np.random.default_rng(1)
    assert space.drawn(again) == Space.of(DIGITS, ["conv", "hidden"], ["conv", "hidden"]).drawn(
        np.random.default_rng(1)
    )


def test_a_model_without_layers_to_cut_is_refused() -> None:
    with pytest.raises(InputError, match="nothing in this model can be made smaller"):
        Space.of(DIGITS, ["other"], [])
