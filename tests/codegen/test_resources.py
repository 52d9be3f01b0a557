"""Resource variables become states; what has no first value, or changes, is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from harness.codegen import compile_model, read_model
from harness.errors import DamagedModel, ModelError
from tests.engine.stream_models import Variables, variable
from tests.engine.tflite_builder import TfliteBuilder


def running_sum(*, first: Any = (1.0, 2.0), named: str = "sum", dtype: str = "float32") -> bytes:
    """Output: the sum of all inputs and of `first`."""
    return builder_of_sum(first, named, dtype).build()


def builder_of_sum(
    first: Any = (1.0, 2.0), named: str = "sum", dtype: str = "float32"
) -> TfliteBuilder:
    b = TfliteBuilder()
    if first is not None:
        Variables(b).add(dtype, first, "sum")
    handle = variable(b, named)
    source, read, result = (b.tensor("float32", (2,)) for _ in range(3))
    b.operator("READ_VARIABLE", [handle], [read])
    b.operator("ADD", [read, source], [result])
    b.operator("ASSIGN_VARIABLE", [variable(b, named), result], [])
    b.inputs, b.outputs = [source], [result]
    return b


def test_handles_of_one_name_are_one_state() -> None:
    graph = read_model(running_sum())
    (state,) = graph.states()
    assert graph.resources() == (state,)
    assert [(op.kind, op.inputs, op.outputs) for op in graph.operators] == [
        ("READ_VARIABLE", (state,), (2,)),
        ("ADD", (2, 1), (3,)),
        ("ASSIGN_VARIABLE", (state, 3), (state,)),
    ]
    first = graph.tensors[state].initial
    assert first is not None
    assert first.tolist() == [1.0, 2.0]
    assert state not in graph.activations()


def test_a_first_value_that_is_not_one_byte_repeated_is_copied_from_flash() -> None:
    model = compile_model(running_sum(), "sum")
    assert "model_sum_initial0[2] ENGINE_FLASH = {\n    1.0e+00f, 2.0e+00f,\n}" in model.header
    assert "engine_flash_copy(arena + " in model.header
    zero = compile_model(running_sum(first=(0.0, 0.0)), "sum")
    assert "memset(arena + " in zero.header
    assert model.const_bytes == zero.const_bytes + 8


def test_a_sum_is_computed_in_the_memory_of_its_state() -> None:
    model = compile_model(running_sum(), "sum")
    assert [op.kernel for op in model.ops] == ["none", "engine_add_f32", "none"]
    assert model.arena_bytes == 16  # input and state of 8 bytes each
    kept = compile_model(running_sum(), "sum", keep_all=True)
    assert [op.kernel for op in kept.ops] == ["engine_move", "engine_add_f32", "engine_move"]


def test_a_value_read_before_an_assignment_stays_what_it_was() -> None:
    b = TfliteBuilder()
    Variables(b).add("float32", [0.0], "last")
    source, read, result = (b.tensor("float32", (1,)) for _ in range(3))
    b.operator("READ_VARIABLE", [variable(b, "last")], [read])
    b.operator("ASSIGN_VARIABLE", [variable(b, "last"), source], [])
    b.operator("TANH", [read], [result])
    b.inputs, b.outputs = [source], [result]
    model = compile_model(b.build(), "last")
    assert [op.kernel for op in model.ops] == ["engine_move", "engine_move", "engine_tanh_f32"]


def test_containers_tell_variables_of_one_name_apart() -> None:
    b = TfliteBuilder()
    variables = Variables(b)
    reads = []
    for container, value in (("x", 1.0), ("y", 2.0)):
        variables.add("float32", [value], "v", container=container)
        reads.append(b.tensor("float32", (1,)))
        b.operator("READ_VARIABLE", [variable(b, "v", container)], [reads[-1]])
    source, half, result = (b.tensor("float32", (1,)) for _ in range(3))
    b.operator("ADD", [reads[0], reads[1]], [half])
    b.operator("ADD", [half, source], [result])
    b.inputs, b.outputs = [source], [result]
    graph = read_model(b.build())
    firsts = [graph.tensors[state].initial for state in graph.states()]
    assert [first.tolist() for first in firsts if first is not None] == [[1.0], [2.0]]


@pytest.mark.parametrize(
    ("data", "error", "reason"),
    [
        (running_sum(first=None), ModelError, "'sum', to which nothing gives a first value"),
        (running_sum(named="other"), ModelError, "'other', to which nothing gives a first value"),
        (running_sum(first=(0.0,)), ModelError, r"'sum' holds float32 \(1,\), here float32 \(2,\)"),
        (running_sum(first=(0, 0), dtype="int32"), ModelError, "'sum' holds int32"),
    ],
)
def test_variables_without_a_state_are_refused(
    data: bytes, error: type[Exception], reason: str
) -> None:
    with pytest.raises(error, match=reason):
        read_model(data)


def test_a_variable_that_is_set_before_it_is_read_needs_no_first_value() -> None:
    b = TfliteBuilder()
    source, result = b.tensor("int8", (2,)), b.tensor("int8", (2,))
    b.operator("ASSIGN_VARIABLE", [variable(b, "v"), source], [])
    b.operator("READ_VARIABLE", [variable(b, "v")], [result])
    b.inputs, b.outputs = [source], [result]
    graph = read_model(b.build())
    assert graph.tensors[graph.states()[0]].dtype == "int8"


def test_a_first_value_that_is_computed_is_refused_by_name() -> None:
    b = TfliteBuilder()
    variables = Variables(b)
    handle, value = variable(variables.first, "v"), variables.first.tensor("float32", (1,))
    variables.first.operator("RANDOM_UNIFORM", [], [value])
    variables.first.operator("ASSIGN_VARIABLE", [handle, value], [])
    b.inputs = b.outputs = [b.tensor("float32", (1,))]
    with pytest.raises(ModelError, match="first values by RANDOM_UNIFORM"):
        read_model(b.build())


@pytest.mark.parametrize("place", [0, 1, 2, 5])
def test_no_operator_is_read_with_the_options_of_another(place: int) -> None:
    """CALL_ONCE, VAR_HANDLE, READ_VARIABLE and ASSIGN_VARIABLE with those of ADD."""
    b = builder_of_sum()
    kind = b.operators[place].kind
    b.operators[place] = replace(b.operators[place], table="AddOptions", options={})
    with pytest.raises(ModelError, match=rf"\({kind}\): has AddOptions; its own are"):
        read_model(b.build())


def test_a_tensor_is_no_handle() -> None:
    b = TfliteBuilder()
    source, result = b.tensor("float32", (1,)), b.tensor("float32", (1,))
    b.operator("READ_VARIABLE", [source], [result])
    b.inputs, b.outputs = [source], [result]
    with pytest.raises(DamagedModel, match="has no variable"):
        read_model(b.build())


def test_a_subgraph_that_does_not_exist_is_damage() -> None:
    b = TfliteBuilder()
    b.operator("CALL_ONCE", [], [], InitSubgraphIndex=7)
    b.inputs = b.outputs = [b.tensor("float32", (1,))]
    with pytest.raises(DamagedModel, match="calls subgraph 7"):
        read_model(b.build())


def test_initialisation_behind_a_use_is_refused() -> None:
    b = TfliteBuilder()
    read = b.tensor("float32", (1,))
    handle = variable(b, "v")
    b.operator("READ_VARIABLE", [handle], [read])
    Variables(b).add("float32", np.zeros(1), "v")
    b.inputs, b.outputs = [b.tensor("float32", (1,))], [read]
    with pytest.raises(ModelError, match="behind operators that use them"):
        read_model(b.build())


def test_subgraphs_that_nothing_calls_are_ignored() -> None:
    b = TfliteBuilder(called=[TfliteBuilder()])
    source, result = b.tensor("float32", (1,)), b.tensor("float32", (1,))
    b.operator("TANH", [source], [result])
    b.inputs, b.outputs = [source], [result]
    assert [op.kind for op in compile_model(b.build(), "m").ops] == ["TANH"]
