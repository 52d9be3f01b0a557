"""Verification names every difference: files, code, outputs, counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from harness.errors import BuildError, InputError
from harness.export import verify as module
from harness.export.remeasure import Answers
from harness.export.shipment import Figures
from harness.export.verify import Verification, same_values, verify
from harness.project import Project
from tests.export.libraries import export, shipment

COUNTS = np.array([100.0, 101.0, 102.0])
FIGURES = Figures("accuracy", 0.9, 3, 101.0, "instructions", "instructions", 9_000, "GCC 12")
DENSE = shipment("digits_int8", "qemu-m4", "dense", 3)
MEASURED = replace(DENSE, vectors=replace(DENSE.vectors, counts=COUNTS), figures=FIGURES)
RIGHT = Answers(DENSE.vectors.outputs, COUNTS, "GCC 12")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return export(tmp_path / "dense", MEASURED, "arduino")


@pytest.fixture
def check(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Verification]:
    """`check(answers)`: verify the folder on a simulator that gives these answers."""

    def run(answers: Answers | Exception = RIGHT, target: str = "") -> Verification:
        def answer(*_: object) -> Answers:
            if isinstance(answers, Exception):
                raise answers
            return answers

        monkeypatch.setattr(module, "remeasure", answer)
        return verify(folder, Project.here(), target)

    return run


def test_an_export_as_it_was_written(check: Callable[..., Verification]) -> None:
    found = check()
    assert (found.target, found.differences, found.notes) == ("qemu-m4", (), ())


def test_files_that_changed_or_went_are_named(
    check: Callable[..., Verification], folder: Path
) -> None:
    (folder / "src" / "dense.c").write_text("int changed;\n")
    (folder / "README.md").unlink()
    assert {*check().differences} == {
        "src/dense.c: differs from its digest",
        "README.md: missing",
    }


def test_another_version_of_the_harness_is_seen(
    check: Callable[..., Verification], monkeypatch: pytest.MonkeyPatch
) -> None:
    files = module.library_files
    changed = "src/dense_engine/engine_fc_s8.c"
    monkeypatch.setattr(module, "library_files", lambda *made: files(*made) | {changed: b"newer"})
    assert check().differences == (f"{changed}: this harness writes it otherwise",)


def test_outputs_and_counts_are_compared_one_by_one(check: Callable[..., Verification]) -> None:
    outputs = RIGHT.outputs.copy()
    outputs[1, 2] += 1
    counts = COUNTS + np.array([0, 0, 1])
    first, second = check(Answers(outputs, counts, "GCC 12")).differences
    assert first.startswith("vector 1: the output is [")
    assert second == "vector 2: 103 instructions instead of 102"


def test_another_compiler_is_a_note(check: Callable[..., Verification]) -> None:
    found = check(replace(RIGHT, compiler="GCC 13"))
    assert found.differences == ()
    assert found.notes == ("the compiler is GCC 13 instead of GCC 12",)


def test_code_that_does_not_build_is_a_difference(check: Callable[..., Verification]) -> None:
    found = check(BuildError("no such kernel"))
    assert (found.target, found.differences) == ("", ("build: no such kernel",))


def test_a_damaged_model_is_a_difference(check: Callable[..., Verification], folder: Path) -> None:
    (folder / "dense.tflite").write_bytes(b"nothing")
    found = check()
    assert found.differences[0] == "dense.tflite: differs from its digest"
    assert len(found.differences) == 2
    assert found.notes == ("the model or its vectors cannot be read: nothing was built",)


def test_counts_of_another_target_are_not_compared(check: Callable[..., Verification]) -> None:
    found = check(replace(RIGHT, counts=COUNTS * 2), "qemu-stm32f405")
    assert (found.target, found.differences) == ("qemu-stm32f405", ())
    assert found.notes == ("counts of qemu-m4 are not compared with those of qemu-stm32f405",)


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("qemu-m0", "is a cortex-m0, the library is for a cortex-m4f"),
        ("nano33ble", "is a board"),
        ("qemu-m44", "no target"),
    ],
)
def test_other_targets_are_refused(
    check: Callable[..., Verification], target: str, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        check(target=target)


def test_a_folder_that_is_no_export_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no exported library"):
        verify(tmp_path, Project.here())
    (tmp_path / "manifest.json").write_text('{"schema_version": 1}')
    with pytest.raises(InputError, match="the manifest is damaged"):
        verify(tmp_path, Project.here())


def test_floats_may_differ_by_what_compilers_round() -> None:
    wanted = np.array([0.5, 200.0], np.float32)
    assert same_values(wanted + np.float32(5e-6), wanted)
    assert not same_values(wanted + np.float32([2e-5, 0]), wanted)
    assert not same_values(np.array([np.nan, 200.0], np.float32), wanted)
    assert not same_values(np.int8([1]), np.int8([2]))
