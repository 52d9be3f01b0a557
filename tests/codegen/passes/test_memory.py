from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings

from harness.codegen import compile_model, read_model
from harness.codegen.calls import ALIAS, Call
from harness.codegen.choose import choose_kernels
from harness.codegen.graph import Graph
from harness.codegen.passes import bands
from harness.codegen.passes.memory import ALIGNMENT, MemoryPlan, live_bytes, plan_memory
from harness.codegen.passes.scratch import with_scratch
from tests.engine.networks import Network, build, networks
from tests.engine.tflite_builder import TfliteBuilder

DATA = Path(__file__).resolve().parents[2] / "data"


@pytest.mark.parametrize(
    ("name", "arena"),
    [
        # input, output and scratch of the first fully connected layer, a pair of bytes a tap
        ("digits_int8", 72 + 100 + 2 * 72),
        ("digits_float32", 4 * (288 + 72)),
        # the second convolution, 1x1: two windows of 12 channels
        ("dscnn_int8", 8 * 8 * 12 + 8 * 8 * 20 + 2 * 2 * 12),
        # residual kept beside the input and output of a 1x1 convolution of 16 channels
        ("resnet_int8", 3 * 8 * 8 * 8 + 2 * 2 * 16),
    ],
)
def test_arenas_are_the_least_possible(name: str, arena: int) -> None:
    assert compile_model((DATA / f"{name}.tflite").read_bytes(), name).arena_bytes == arena


def test_sum_is_written_over_an_input_and_reshape_copies_nothing() -> None:
    model = compile_model((DATA / "resnet_int8.tflite").read_bytes(), "resnet")
    graph = read_model((DATA / "resnet_int8.tflite").read_bytes())
    add = next(op for op in graph.operators if op.kind == "ADD")
    places = model.tensor_offsets
    assert places[add.outputs[0]] in {places[tensor] for tensor in add.inputs}
    digits = compile_model((DATA / "digits_int8.tflite").read_bytes(), "digits")
    reshape = read_model((DATA / "digits_int8.tflite").read_bytes()).operators[2]
    assert digits.tensor_offsets[reshape.inputs[0]] == digits.tensor_offsets[reshape.outputs[0]]
    assert digits.ops[2].kernel == ALIAS


@settings(max_examples=200, deadline=None)
@given(networks)
def test_no_value_is_overwritten_before_its_last_use(network: Network) -> None:
    graph = read_model(build(network))
    calls = tuple(with_scratch(call, "generic") for call in choose_kernels(graph))
    plan = plan_memory(graph, calls)
    _replay(graph, calls, plan)
    assert all(offset % ALIGNMENT == 0 for offset in plan.offsets.values())
    sizes = [graph.tensors[t].bytes for t in plan.offsets]
    sizes += [call.scratch_bytes or 0 for call in calls]
    assert plan.arena_bytes <= sum(-(-size // ALIGNMENT) * ALIGNMENT for size in sizes)
    assert plan.arena_bytes >= live_bytes(graph, calls)[0]


@settings(max_examples=100, deadline=None)
@given(networks)
def test_nor_by_bands_which_never_take_more(network: Network) -> None:
    graph = read_model(build(network))
    calls = tuple(with_scratch(call, "rv32imc") for call in choose_kernels(graph, "rv32imc"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bands, "_MACS_MIN", 1)
        banded = bands.with_bands(graph, calls, "rv32imc")
    plan = plan_memory(graph, banded)
    _replay(graph, banded, plan)
    assert plan.arena_bytes <= plan_memory(graph, calls).arena_bytes


@settings(max_examples=100, deadline=None)
@given(networks)
def test_keep_all_overwrites_nothing(network: Network) -> None:
    graph = read_model(build(network))
    calls = choose_kernels(graph)
    plan = plan_memory(graph, calls, keep_all=True)
    owners = _replay(graph, calls, plan)
    for tensor, offset in plan.offsets.items():
        value = owners[offset]
        assert set(owners[offset : offset + graph.tensors[tensor].bytes]) == {value}
        assert tensor in _names(calls, value)


def _names(calls: tuple[Call, ...], value: int) -> set[int]:
    """A tensor and all its reshapes."""
    names = {value}
    for call in calls:
        if call.kernel == ALIAS and call.inputs[0] in names:
            names.add(call.output)
    return names


def _replay(graph: Graph, calls: tuple[Call, ...], plan: MemoryPlan) -> list[int]:
    """Run the plan on an arena that records the owner of each byte; return the arena."""
    arena = [-1] * plan.arena_bytes
    origin = {tensor: tensor for tensor in plan.offsets}

    def span(tensor: int) -> slice:
        return slice(plan.offsets[tensor], plan.offsets[tensor] + graph.tensors[tensor].bytes)

    def write(tensor: int) -> None:
        size = graph.tensors[tensor].bytes
        assert plan.offsets[tensor] + size <= plan.arena_bytes
        arena[span(tensor)] = [tensor] * size

    write(graph.inputs[0])
    for step, call in enumerate(calls):
        if call.scratch_bytes:
            start, end = plan.scratch[step], plan.scratch[step] + call.scratch_bytes
            assert end <= plan.arena_bytes
            arena[start:end] = [-1] * call.scratch_bytes
            out = span(call.output)
            assert end <= out.start or out.stop <= start
        for tensor in call.inputs:
            assert set(arena[span(tensor)]) == {origin[tensor]}
        if call.kernel == ALIAS:
            origin[call.output] = origin[call.inputs[0]]
            continue
        out = span(call.output)
        for tensor in call.inputs:
            inside = span(tensor)
            if inside.start < out.stop and out.start < inside.stop:
                assert tensor in call.in_place
                assert inside.start == out.start
        write(call.output)
    assert set(arena[span(graph.outputs[0])]) == {origin[graph.outputs[0]]}
    return arena


def test_what_a_smaller_result_in_place_leaves_free_is_used_again() -> None:
    b = TfliteBuilder()
    source = b.tensor("float32", (1, 64))
    quantised = b.tensor("int8", (1, 64), scales=[0.1])
    result = b.tensor("int8", (1, 64), scales=[0.1])
    b.operator("QUANTIZE", [source], [quantised])
    b.operator("ADD", [quantised, quantised], [result])
    b.inputs, b.outputs = [source], [result]
    model = compile_model(b.build(), "m")
    # 64 floats; their int8 form and the sum lie where they were
    assert model.arena_bytes == 4 * 64
    assert model.tensor_offsets[quantised] == model.tensor_offsets[source] == 0
