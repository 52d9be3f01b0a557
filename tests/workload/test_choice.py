"""Which authority is chosen for a file, and what it is allowed."""

from __future__ import annotations

from typing import get_args

import pytest

from harness.codegen import Graph, read_model
from harness.errors import AuthorityMissing, InputError
from harness.plan.plan import AuthorityName
from harness.workload import authority as authorities
from harness.workload.authority import (
    AUTHORITIES,
    LITERT_1_2,
    LITERT_2_3,
    TFLM,
    authority_named,
    installed,
)
from harness.workload.choice import Candidate, rank
from tests.engine.op_models import op_model
from tests.engine.tflite_builder import TfliteBuilder

NEW_PYTHON = (LITERT_2_3, TFLM)


def graph_of(*kinds: str) -> Graph:
    """int8 operators of these kinds one after another; FULLY_CONNECTED has weights."""
    b = TfliteBuilder()
    start = current = b.tensor("int8", (1, 4), scales=[0.1])
    for kind in kinds:
        result = b.tensor("int8", (1, 4), scales=[0.05])
        weights = [b.tensor("int8", (4, 4), scales=[0.1], data=[[1] * 4] * 4)]
        b.operator(kind, [current, *(weights if kind == "FULLY_CONNECTED" else [])], [result])
        current = result
    b.inputs, b.outputs = [start], [current]
    return read_model(b.build())


@pytest.mark.parametrize(
    ("kinds", "present", "chosen", "tolerance"),
    [
        (("FULLY_CONNECTED",), AUTHORITIES, LITERT_1_2, 0),
        (("RELU6", "FULLY_CONNECTED"), AUTHORITIES, LITERT_1_2, 0),
        (("FULLY_CONNECTED",), NEW_PYTHON, TFLM, 0),
        (("RELU6",), NEW_PYTHON, LITERT_2_3, 0),
        (("TANH",), NEW_PYTHON, LITERT_2_3, 0),
        # TFLM computes RELU6 wrong, so LiteRT's own rounding is let pass
        (("FULLY_CONNECTED", "RELU6", "FULLY_CONNECTED"), NEW_PYTHON, LITERT_2_3, 2),
        (("RELU6",), (TFLM,), TFLM, 0),
    ],
)
def test_the_authority_follows_from_the_operators(
    kinds: tuple[str, ...],
    present: tuple[authorities.Authority, ...],
    chosen: authorities.Authority,
    tolerance: int,
) -> None:
    best = rank(graph_of(*kinds), present=present)[0]
    assert (best.authority, best.tolerance_lsb) == (chosen, tolerance)


def test_behind_a_dequantize_the_rounding_is_that_many_steps() -> None:
    b = TfliteBuilder()
    start, wide = (b.tensor("int8", (1, 4), scales=[0.1]) for _ in range(2))
    weights = b.tensor("int8", (4, 4), scales=[0.1], data=[[1] * 4] * 4)
    end = b.tensor("float32", (1, 4))
    b.operator("FULLY_CONNECTED", [start, weights], [wide])
    b.operator("DEQUANTIZE", [wide], [end])
    b.inputs, b.outputs = [start], [end]
    (found,) = rank(read_model(b.build()), present=[LITERT_2_3])
    assert (found.tolerance_lsb, found.tolerance_abs) == (1, pytest.approx(0.1))


def test_a_sum_of_int8_is_compared_with_the_one_that_sums() -> None:
    graph = read_model(op_model("SUM", "int8", 1))
    ranked = rank(graph, present=AUTHORITIES)
    assert ranked[0].authority == TFLM
    assert [each.wrong for each in ranked[1:]] == [("SUM int8",), ("SUM int8",)]


def test_a_fixed_one_comes_first_and_says_what_it_computes_otherwise() -> None:
    graph = graph_of("RELU6", "FULLY_CONNECTED", "FULLY_CONNECTED")
    fixed = rank(graph, LITERT_2_3, AUTHORITIES)[0]
    assert fixed.authority == LITERT_2_3
    assert fixed.note == (
        "LiteRT 2.3 rounds FULLY_CONNECTED int8 (2 times) otherwise: up to 2 LSB are let pass"
    )
    wrong = rank(graph, TFLM, AUTHORITIES)[0]
    assert (wrong.authority, wrong.tolerance_lsb) == (TFLM, 0)
    assert wrong.note == "TensorFlow Lite Micro computes RELU6 int8 wrong"
    assert Candidate(LITERT_1_2).note == ""


def test_without_any_the_error_says_what_to_install() -> None:
    with pytest.raises(AuthorityMissing, match="pip install tflite-micro==0"):
        rank(graph_of("TANH"), present=())


def test_names_are_those_of_the_plan_and_unknown_ones_are_told() -> None:
    assert get_args(AuthorityName) == tuple(each.name for each in AUTHORITIES)
    assert TFLM in installed()
    assert authority_named("tflm") is TFLM
    with pytest.raises(InputError, match=r"no authority 'tflmm' \(did you mean 'tflm'\?\)"):
        authority_named("tflmm")
    missing = next(each for each in AUTHORITIES if each not in installed())
    with pytest.raises(InputError, match=rf"is not installed; {missing.remedy}"):
        authority_named(missing.name)
