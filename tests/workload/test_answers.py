"""Answers of the real runtimes, side by side."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest

from harness.codegen import compile_model, read_model
from harness.durable import write_sealed
from harness.errors import AuthorityFailed, ReferenceFailed
from harness.workload import reference
from harness.workload.answers import Reference, kept_outputs, reference_of
from harness.workload.authority import TFLM, Authority, installed
from harness.workload.reference import Job, run_jobs, run_reference, run_reference_tensors
from tests.engine.op_models import op_model
from tests.engine.tflite_builder import TfliteBuilder

DATA = Path(__file__).resolve().parents[1] / "data"
INT8 = (DATA / "digits_int8.tflite").read_bytes()
LITERT = next(each for each in installed() if each.runtime == "litert")  # this Python's
EVERY = np.arange(-128, 128, dtype=np.int8).reshape(1, 256)


def relu6(scale: float) -> bytes:
    """RELU6 by itself from 0.05 to another scale, as behind a concatenation."""
    b = TfliteBuilder()
    source = b.tensor("int8", (1, 256), scales=[0.05], zero_points=[-128])
    result = b.tensor("int8", (1, 256), scales=[scale], zero_points=[-128])
    b.operator("RELU6", [source], [result])
    b.inputs, b.outputs = [source], [result]
    return b.build()


def asked(
    tflite: bytes, inputs: np.ndarray, cache: Path, fixed: Authority | None = None
) -> Reference:
    return reference_of(tflite, read_model(tflite), inputs, cache, fixed)


def digits(count: int) -> np.ndarray:
    rng = np.random.default_rng(1)
    return rng.integers(-128, 128, (count, 8, 8, 1), np.int8, endpoint=False)


def test_both_runtimes_equal_each_other_tensor_by_tensor_on_digits() -> None:
    x = digits(4)
    litert, tflm = (run_reference_tensors(INT8, x[0], each) for each in (LITERT, TFLM))
    assert litert.keys() == tflm.keys() == set(read_model(INT8).activations())
    for tensor, values in litert.items():
        np.testing.assert_array_equal(tflm[tensor], values)


def test_relu6_by_itself_is_told_of_both(tmp_path: Path) -> None:
    found = asked(relu6(0.025), EVERY, tmp_path)
    steps = np.clip(2 * np.arange(256) - 128, -128, min(127, round(6 / 0.025) - 128))
    assert found.chosen.authority == LITERT
    assert found.outputs.ravel().tolist() == steps.tolist()
    (other,) = found.others
    assert (other.authority, other.version, other.reason) == ("tflm", TFLM.version, "")
    assert other.outputs is not None
    off = np.abs(other.outputs.astype(int) - found.outputs.astype(int))
    assert off.max() == 120  # it does not rescale: 6 is 120 steps of 0.05, of 0.025 240


def test_a_fixed_authority_answers_and_the_others_stand_beside_it(tmp_path: Path) -> None:
    found = asked(relu6(0.025), EVERY, tmp_path, TFLM)
    assert (found.chosen.authority, found.chosen.tolerance_lsb) == (TFLM, 0)
    assert [each.authority for each in found.others] == [LITERT.name]
    assert found.outputs.max() == 120 - 128


def test_a_crash_is_an_error_of_that_file_and_another_one_answers(tmp_path: Path) -> None:
    svdf = op_model("SVDF", "int8", 0)  # one without a bias, which crashes the wheel
    shape = compile_model(svdf, "m").input.shape
    x = np.ones((2, *shape[1:]), np.int8)
    with pytest.raises(AuthorityFailed, match="TensorFlow Lite Micro cannot run this file: it cra"):
        run_reference(svdf, x, TFLM)
    found = asked(svdf, x, tmp_path)
    assert found.chosen.authority == LITERT
    (other,) = found.others
    assert other.outputs is None
    assert "crashed with SIGSEGV" in other.reason
    with pytest.raises(ReferenceFailed, match="SIGSEGV"):
        asked(svdf, x, tmp_path, TFLM)


def test_what_tflm_refuses_is_an_error_with_what_it_printed() -> None:
    dynamic = (DATA / "digits_dynamic.tflite").read_bytes()
    with pytest.raises(AuthorityFailed, match="FLOAT32 with filter type: INT8 not supported"):
        run_reference(dynamic, np.zeros((1, 8, 8, 1), np.float32), TFLM)


def test_float_models_ask_one_authority_alone(tmp_path: Path) -> None:
    tflite = (DATA / "digits_float32.tflite").read_bytes()
    found = asked(tflite, np.zeros((2, 8, 8, 1), np.float32), tmp_path)
    assert (found.chosen.authority, found.others) == (LITERT, ())


def test_an_authority_that_cannot_be_imported_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "oracle.py"
    text = reference._ORACLE.read_text(encoding="utf-8")
    broken.write_text(text.replace("import Interpreter, OpResolverType", "import Nothing"))
    monkeypatch.setattr(reference, "_ORACLE", broken)
    found = asked(INT8, digits(2), tmp_path)
    assert found.chosen.authority == TFLM
    assert f"{LITERT.title} cannot be imported: ImportError" in found.others[0].reason
    assert LITERT.remedy in found.others[0].reason


def test_answers_are_kept_by_authority_and_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    x = digits(2)
    first = kept_outputs(INT8, x, TFLM, tmp_path)
    (file,) = (tmp_path / "reference").iterdir()
    other = BytesIO()
    np.save(other, first + 1)
    write_sealed(file, other.getvalue())
    assert (kept_outputs(INT8, x, TFLM, tmp_path) == first + 1).all()
    assert (kept_outputs(INT8, x, LITERT, tmp_path) == first).all()
    monkeypatch.setattr("harness.workload.authority.metadata.version", lambda _: "0.dev2099")
    assert (kept_outputs(INT8, x, TFLM, tmp_path) == first).all()
    assert len(list((tmp_path / "reference").iterdir())) == 3


def test_jobs_of_several_authorities_come_back_in_order() -> None:
    total = op_model("SUM", "int8", 2)
    shape = read_model(total).tensors[0].shape
    x = np.full((1, *shape[1:]), 3, np.int8)
    together = run_jobs([Job(INT8, digits(1)), Job(total, x), Job(INT8, digits(2))])
    alone = [
        run_reference(INT8, digits(1)),
        run_reference(total, x),
        run_reference(INT8, digits(2)),
    ]
    for result, outputs in zip(together, alone, strict=True):
        np.testing.assert_array_equal(result.outputs, outputs)


def test_of_many_jobs_the_one_that_crashes_is_answered_by_the_next_best() -> None:
    total, svdf = op_model("SUM", "int8", 2), op_model("SVDF", "int8", 0)
    jobs = []
    for model in (total, svdf):
        shape = compile_model(model, "m").input.shape
        jobs.append(Job(model, np.full((1, *shape[1:]), 3, np.int8)))
    first, second = run_jobs(jobs)
    np.testing.assert_array_equal(first.outputs, run_reference(total, jobs[0].inputs, TFLM))
    np.testing.assert_array_equal(second.outputs, run_reference(svdf, jobs[1].inputs, LITERT))
    with pytest.raises(AuthorityFailed, match="SIGSEGV"):
        run_jobs(jobs, TFLM)
