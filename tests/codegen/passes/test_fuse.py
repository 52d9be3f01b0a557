"""Which operators are computed by one kernel."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from harness.codegen import compile_model, read_model
from harness.codegen.calls import ALIAS, Call
from harness.codegen.choose import choose_kernels
from harness.codegen.graph import Graph
from harness.codegen.passes.fuse import fuse

DIGITS = (Path(__file__).resolve().parents[2] / "data" / "digits_int8.tflite").read_bytes()


def _digits() -> tuple[Graph, list[Call]]:
    graph = read_model(DIGITS)
    return graph, list(choose_kernels(graph))


def test_convolution_computes_the_pool_that_follows() -> None:
    graph, calls = _digits()
    fused = fuse(graph, calls, "avr5")
    assert [call.kernel for call in fused[:2]] == ["engine_conv_max_pool_s8", ALIAS]
    assert fused[0].output == fused[1].output == calls[1].output
    assert fused[0].params is not None
    assert (fused[0].params.fields["pool_h"], fused[0].params.fields["pool_w"]) == (2, 2)
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
    assert calls[1].params is not None
    fields = calls[1].params.fields
    window = {**dict(fields["window"]), field: value}  # type: ignore[call-overload]
    calls[1] = replace(
        calls[1], params=replace(calls[1].params, fields={**fields, "window": window})
    )
    assert fuse(graph, calls, "avr5") == tuple(calls)


def test_sums_that_are_shifted_to_the_left_are_not_fused() -> None:
    graph, calls = _digits()
    constants = tuple(
        replace(c, values=np.ones_like(c.values)) if c.suffix == "shifts" else c
        for c in calls[0].constants
    )
    calls[0] = replace(calls[0], constants=constants)
    assert fuse(graph, calls, "avr5") == tuple(calls)


@pytest.mark.parametrize(("core", "expected"), [("avr5", False), ("cortex-m4f", True)])
def test_large_windows_are_fused_where_the_buffer_is_large(core: str, expected: bool) -> None:
    graph, calls = _digits()
    assert calls[0].params is not None
    fields = calls[0].params.fields
    window = {**dict(fields["window"]), "in_c": 12}  # type: ignore[call-overload]
    calls[0] = replace(
        calls[0], params=replace(calls[0].params, fields={**fields, "window": window})
    )
    assert (fuse(graph, calls, core)[0].kernel == "engine_conv_max_pool_s8") is expected
