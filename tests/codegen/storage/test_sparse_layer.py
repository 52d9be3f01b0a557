from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from harness.codegen import compile_model, read_model
from harness.codegen.calls import Call
from harness.codegen.constants import SparseS8Constants
from harness.codegen.cost import Work
from harness.codegen.operands import Operands
from harness.codegen.storage.sparse_layer import sparse_candidate
from harness.codegen.structs import (
    SparseFilters,
    SparseGrid,
    SparsePaddedS8Params,
    SparseS8Params,
)
from tests.engine.tflite_builder import TfliteBuilder


def conv(weights: Any, *, same: bool, bias: Any, out_scale: float = 1.0) -> bytes:
    """3x3 convolution of a 5x5x2 image with zero point -7, output zero point 4, RELU."""
    b = TfliteBuilder()
    filters, size = len(weights), 5 if same else 3
    source = b.tensor("int8", (1, 5, 5, 2), scales=[0.5], zero_points=[-7])
    constant = b.tensor("int8", weights.shape, scales=[0.25] * filters, data=weights)
    biases = b.tensor("int32", (filters,), scales=[0.125] * filters, data=bias)
    result = b.tensor("int8", (1, size, size, filters), scales=[out_scale], zero_points=[4])
    b.operator(
        "CONV_2D", [source, constant, biases], [result], Padding=0 if same else 1, StrideH=1,
        StrideW=1, DilationHFactor=1, DilationWFactor=1, FusedActivationFunction=1,
    )  # fmt: skip
    b.inputs, b.outputs = [source], [result]
    return b.build()


def candidate(data: bytes) -> tuple[Call, Work] | None:
    graph = read_model(data)
    op = Operands(graph, graph.operators[0])
    dense = Call("dense", (0,), op.output.index, macs=1, nonzero_macs=1)
    return sparse_candidate(op, dense)


def weights_with(*taps: tuple[int, int, int, int]) -> Any:
    weights = np.zeros((3, 3, 3, 2))
    for tap in taps:
        weights[tap] = 2
    return weights


def test_unpadded_layer_has_a_grid_and_folds_the_zero_point() -> None:
    found = candidate(conv(weights_with((1, 0, 0, 0), (1, 2, 2, 1)), same=False, bias=[0, 9, 0]))
    assert found is not None
    call, work = found
    assert call.kernel == "engine_sparse_s8"
    assert isinstance(call.params, SparseS8Params)
    assert call.params.grid == SparseGrid(step_y=10, step_x=2, out_h=3, out_w=3, out_c=3)
    assert call.params.filters == SparseFilters(live=1, segments=1)
    constants = {name: values.tolist() for name, values in call.constants.arrays()}
    assert constants["bias"] == [9 + 7 * 4]
    assert constants["offsets"] == [0]
    # one constant filter before and one behind: 0 * scale + 4
    assert constants["heads"] == [1, 4, 1, 2, 1, 4, 0]
    assert constants["taps"] == [2, 0, 2, 25]
    assert work == Work(
        windows=9, border=0, runs=3, taps=18, stored=20, live=1, constant=2, segments=1, nonzero=2
    )


def test_padded_layer_knows_the_places_of_its_segments() -> None:
    found = candidate(conv(weights_with((0, 0, 1, 1), (0, 2, 0, 0)), same=True, bias=[0, 0, 0]))
    assert found is not None
    call, work = found
    assert call.kernel == "engine_sparse_padded_s8"
    assert isinstance(call.params, SparsePaddedS8Params)
    assert call.params.pad_value == -7
    constants = {name: values.tolist() for name, values in call.constants.arrays()}
    assert constants["offsets"] == [3, 20]
    assert constants["places"] == [[0, 3], [2, 0]]
    assert (work.windows, work.border, work.segments) == (9, 16, 2)


@pytest.mark.parametrize(("bias", "output"), [(80, 14), (-80, 4), (2000, 127), (4, 5), (-4, 4)])
def test_filters_without_weights_have_their_rescaled_bias(bias: int, output: int) -> None:
    """80 * 0.125 + 4, and the limits of RELU and int8."""
    found = candidate(conv(weights_with(), same=False, bias=[bias] * 3))
    assert found is not None
    constants = found[0].constants
    assert isinstance(constants, SparseS8Constants)
    assert constants.heads.tolist() == [3, output, output, output, 0]


def test_rescaling_that_enlarges_has_no_sparse_kernel() -> None:
    data = conv(weights_with((0, 0, 0, 0)), same=False, bias=[0, 0, 0], out_scale=0.125)
    assert candidate(data) is None
    assert "sparse" not in compile_model(data, "m").ops[0].kernel
