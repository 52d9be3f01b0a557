"""Operators that one kernel computes together."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from harness.codegen import compile_model, read_model
from harness.codegen.calls import ALIAS, Call
from harness.codegen.choose import choose_kernels
from harness.codegen.constants import LayerConstants
from harness.codegen.graph import Graph
from harness.codegen.passes.fuse import fuse
from harness.codegen.structs import ConvMaxPoolS8Params, WindowParams

DIGITS = (Path(__file__).resolve().parents[2] / "data" / "digits_int8.tflite").read_bytes()


def _digits() -> tuple[Graph, list[Call]]:
    graph = read_model(DIGITS)
    return graph, list(choose_kernels(graph))


def _with_window(call: Call, **changes: int) -> Call:
    assert isinstance(call.params, WindowParams)
    window = replace(call.params.window, **changes)
    return replace(call, params=replace(call.params, window=window))


def test_convolution_computes_the_pool_that_follows() -> None:
    graph, calls = _digits()
    fused = fuse(graph, calls, "avr5")
    assert [call.kernel for call in fused[:2]] == ["engine_conv_max_pool_s8", ALIAS]
    assert fused[0].output == fused[1].output == calls[1].output
    assert isinstance(fused[0].params, ConvMaxPoolS8Params)
    assert (fused[0].params.pool_h, fused[0].params.pool_w) == (2, 2)
    assert fused[0].params.conv == calls[0].params
    assert fused[1].reason == "computed by op 0"
    assert fused[2:] == tuple(calls[2:])


def test_nothing_is_fused_where_all_tensors_are_kept() -> None:
    kernels = [op.kernel for op in compile_model(DIGITS, "d", keep_all=True).ops]
    assert kernels[:2] == ["engine_conv_s8", "engine_max_pool_s8"]


def test_a_convolution_with_another_reader_is_not_fused() -> None:
    graph, calls = _digits()
    last = graph.operators[-1]
    both = (*graph.operators[:-1], replace(last, inputs=(*last.inputs, calls[0].output)))
    assert fuse(replace(graph, operators=both), calls, "avr5") == tuple(calls)
    shown = replace(graph, outputs=(*graph.outputs, calls[0].output))
    assert fuse(shown, calls, "avr5") == tuple(calls)


@pytest.mark.parametrize(
    ("field", "value"),
    [("stride_h", 1), ("pad_left", 1), ("out_w", 2), ("kernel_w", 5), ("stride_w", 3)],
)
def test_pools_that_overlap_or_leave_the_input_are_not_fused(field: str, value: int) -> None:
    graph, calls = _digits()
    calls[1] = _with_window(calls[1], **{field: value})
    assert fuse(graph, calls, "avr5") == tuple(calls)


def test_sums_that_are_shifted_to_the_left_are_not_fused() -> None:
    graph, calls = _digits()
    constants = calls[0].constants
    assert isinstance(constants, LayerConstants)
    calls[0] = replace(
        calls[0], constants=replace(constants, shifts=np.ones_like(constants.shifts))
    )
    assert fuse(graph, calls, "avr5") == tuple(calls)


@pytest.mark.parametrize(("core", "expected"), [("avr5", False), ("cortex-m4f", True)])
def test_large_windows_are_fused_where_the_buffer_is_large(core: str, expected: bool) -> None:
    graph, calls = _digits()
    calls[0] = _with_window(calls[0], in_c=12)
    assert (fuse(graph, calls, core)[0].kernel == "engine_conv_max_pool_s8") is expected
