"""What the report says of the runtimes that outputs are compared with."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from harness.report.authorities import authority_sentences, distances_note
from harness.report.cells import parity
from harness.report.table import Scope
from harness.results.data import RunData, load_run
from harness.results.soundness import parity_trouble
from harness.results.table import frame_of
from harness.store import Answer
from tests.report.synthetic import SAMPLES, make_run

TOLERANCE = {"authority": "litert-2.3", "authority_version": "2.3.0", "tolerance_lsb": 2}


@pytest.fixture
def run(tmp_path: Path) -> RunData:
    """Outputs in int8 are bit for bit of the original, and off by 2 LSB of the other variant."""
    made = make_run(tmp_path / "results.sqlite", variants=("original", "magnitude"))
    return load_run(made.store, made.run_id)


def held(run: RunData, **facts: object) -> RunData:
    """The run's int8 cells, with these facts of every model file."""
    cells = [
        replace(cell, artifact=replace(cell.artifact, **facts))  # type: ignore[arg-type]
        for cell in run.cells
        if cell.artifact is not None and cell.artifact.dtype == "int8"
    ]
    return replace(run, cells=cells)


def rows(run: RunData, variant: str, dtype: str = "int8") -> pd.DataFrame:
    frame = frame_of(run)
    chosen = (frame["variant"] == variant) & (frame["dtype"] == dtype)
    return frame[chosen & (frame["target"] == "qemu-m4")]


def other(run: RunData, variant: str) -> Answer:
    """Outputs three LSB above the device's in each first of ten elements."""
    cell = next(
        cell
        for cell in run.cells
        if cell.record.key.variant == variant and cell.record.key.dtype == "int8"
    )
    assert cell.outputs is not None
    outputs = cell.outputs.copy()
    outputs[:, 0] = np.where(outputs[:, 0] > 100, outputs[:, 0] - 3, outputs[:, 0] + 3)
    return Answer("tflm", "0.dev1", outputs)


def test_each_runtime_is_named_with_its_distance(run: RunData) -> None:
    answered = held(
        run, authority="litert-1.2", authority_version="1.2.0", answers=(other(run, "original"),)
    )
    frame = rows(answered, "original")
    (row,) = frame.itertuples()
    assert (row.authority, row.authority_version) == ("litert-1.2", "1.2.0")
    assert (row.litert_1_2_difference, row.litert_1_2_differing) == (0, 0)
    assert (row.tflm_difference, row.tflm_differing) == (3, 0.1)
    assert np.isnan(row.litert_2_3_difference)
    assert distances_note(row) == "tflm: off by ≤ 3 LSB in 10.0 % of outputs"
    note = parity(row, Scope(run.metric)).note
    assert note == f"bit for bit on all {SAMPLES} samples; {distances_note(row)}"
    assert authority_sentences(frame) == [
        "Parity of 1 model: against LiteRT 1.2 (version 1.2.0).",
        "TensorFlow Lite Micro gives the same outputs for 0 of 1 model.",
    ]


def test_a_refusal_is_told_and_has_no_distance(run: RunData) -> None:
    refused = Answer("tflm", "0.dev1", None, "it crashed with SIGSEGV")
    frame = rows(held(run, **TOLERANCE, answers=(refused,)), "original")
    (row,) = frame.itertuples()
    assert np.isnan(row.tflm_difference)
    assert (row.authorities_refused, distances_note(row)) == (refused.reason, "")
    assert f"{refused.reason}." in authority_sentences(frame)


@pytest.mark.parametrize(("tolerance", "passes"), [(0, False), (1, False), (2, True)])
def test_the_authoritys_own_rounding_passes_and_no_more(
    run: RunData, tolerance: int, passes: bool
) -> None:
    stated = held(run, **TOLERANCE | {"tolerance_lsb": tolerance, "authority_note": "It rounds X"})
    cell = next(
        cell
        for cell in stated.cells
        if (cell.record.key.variant, cell.record.key.dtype) == ("magnitude", "int8")
    )
    why = "" if passes else "outputs differ from LiteRT 2.3's: off by ≤ 2 LSB"
    assert parity_trouble(cell) == why
    assert "It rounds X." in authority_sentences(rows(stated, "magnitude"))


def test_runs_without_a_named_authority_say_nothing_of_any(run: RunData) -> None:
    frame = rows(run, "original")
    (row,) = frame.itertuples()
    assert (distances_note(row), authority_sentences(frame)) == ("", [])
