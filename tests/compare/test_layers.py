"""Two versions of a library, answer by answer and layer by layer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from harness.compare.finding import Finding
from harness.compare.layer_table import layers_markdown
from harness.compare.layers import NOTHING, CellPair, LayerPair, cell_pairs
from harness.errors import InputError
from harness.measure.parity import Parity
from harness.plan.limits import Limits
from harness.results.data import load_run
from harness.store import LayerFacts
from tests.report.synthetic import Made

CELL = "kws/int8/tflm/qemu-m4"
SAME = Parity(n=4, argmax=1.0, max_lsb=0, max_abs=None, differing=0.0)
CONV = LayerFacts(0, "CONV_2D", count=1_000.0, output="00000001")
DENSE = LayerFacts(1, "FULLY_CONNECTED", count=200.0, output="00000002")


def pair(answers: Parity = SAME, *layers: LayerPair, exact: bool = True) -> CellPair:
    return CellPair(CELL, "instructions", exact, answers, layers)


def found(of: CellPair, *judged: Finding) -> list[tuple[str, str, str]]:
    return [(each.verdict, each.figure, each.detail) for each in of.findings(judged, Limits())]


def test_equal_versions_have_no_finding() -> None:
    assert found(pair(SAME, LayerPair(CONV, CONV), LayerPair(DENSE, DENSE))) == []


def test_other_answers_are_a_regression_with_the_layer_where_they_begin() -> None:
    answers = replace(SAME, max_lsb=2, differing=0.25)
    layers = (LayerPair(CONV, CONV), LayerPair(DENSE, replace(DENSE, output="00000003")))
    detail = "25.0% of the values differ, by up to 2 LSB; first at layer 1 FULLY_CONNECTED"
    assert found(pair(answers, *layers)) == [("regression", "answers", detail)]
    nearer = Finding(CELL, "parity_max_lsb", "improvement", "2 to 1 LSB off TFLite")
    assert found(pair(answers, *layers), nearer) == [("improvement", "answers", detail)]
    elsewhere = replace(nearer, cell="other/int8/tflm/qemu-m4")
    assert found(pair(answers, *layers), elsewhere) == [("regression", "answers", detail)]


@pytest.mark.parametrize(("difference", "verdict"), [(9e-7, "note"), (2e-6, "regression")])
def test_float_answers_may_differ_as_parity_lets_them(difference: float, verdict: str) -> None:
    (only,) = found(pair(Parity(4, 1.0, None, difference, 0.5)))
    assert only == (
        verdict,
        "answers",
        f"50.0% of the values differ, by up to {difference:.1e}",
    )


def test_what_later_layers_hide_is_a_note() -> None:
    hidden = LayerPair(CONV, replace(CONV, output="00000009"))
    note = ("note", "layer_output", "another output of layer 0 CONV_2D")
    assert found(pair(SAME, hidden)) == [note]
    assert found(pair(SAME, LayerPair(CONV, replace(CONV, output=None)))) == []


def test_a_slower_layer_of_a_model_that_is_not_slower_is_a_note() -> None:
    slower = LayerPair(CONV, replace(CONV, count=1_010.0))
    note = ("note", "layer", "layer 0 CONV_2D: 1,000 to 1,010 instructions (+1.0%)")
    assert found(pair(SAME, slower)) == [note]
    whole = Finding(CELL, "latency_median", "regression", "1,200 to 1,210; layer 0 CONV_2D: ...")
    assert found(pair(SAME, slower), whole) == []
    assert found(pair(SAME, slower, exact=False)) == []  # times of a board, which vary


def test_the_table_has_both_versions_of_each_layer() -> None:
    added = LayerPair(NOTHING, DENSE)
    text = layers_markdown([pair(SAME, LayerPair(CONV, replace(CONV, count=900.0)), added)])
    assert f"#### {CELL}, instructions" in text
    assert "| 0 CONV_2D | 1,000 | 900 | -10.0% | same |" in text
    assert "| 1 FULLY_CONNECTED | – | 200 | – | – |" in text  # noqa: RUF001 en dashes
    assert layers_markdown([pair()]) == ""


def test_cells_that_both_versions_measured_are_paired(made: Made) -> None:
    data = load_run(made.store, made.run_id)
    pairs = cell_pairs(data, data)
    assert len(pairs) == sum(cell.outputs is not None for cell in data.cells) > 0
    assert all(not each.answers.differing for each in pairs)
    place = next(i for i, cell in enumerate(data.cells) if cell.record.key.dtype == "int8")
    cell = data.cells[place]
    assert cell.outputs is not None
    facts = replace(cell.record.facts, layers=(CONV, replace(DENSE, count=None, output=None)))
    changed = replace(
        cell,
        outputs=np.bitwise_xor(cell.outputs, np.int8(1)),
        record=replace(cell.record, facts=facts),
    )
    cells = [*data.cells[:place], changed, *data.cells[place + 1 :]]
    found = cell_pairs(data, replace(data, cells=cells))[place]
    assert (found.answers.max_lsb, found.answers.differing) == (1, 1.0)
    assert [(each.name, each.before) for each in found.layers] == [("0 CONV_2D", NOTHING)]
    refused = replace(cell, outputs=None, record=replace(cell.record, reason="no operator"))
    with pytest.raises(InputError, match=r"both versions measured; .*; now, qemu-m4: no operator$"):
        cell_pairs(data, replace(data, cells=[refused]))
