"""The models beside a report: archives that verify, or a sentence; nothing is trained."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from harness.export import ship as module
from harness.export import verify as verification
from harness.export.archive import unpacked
from harness.export.remeasure import Answers
from harness.export.ship import Shipper
from harness.export.verify import verify
from harness.report.ship import Ship
from harness.report.verdict import verdicts
from harness.report.write import write_report
from harness.results.data import load_run
from harness.results.table import frame_of
from tests.export.stored_run import TARGET, Base, Made, make, make_base
from tests.source_files import ROOT


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Base:
    folder = tmp_path_factory.mktemp("project")
    for name in ("firmware", "LICENSE"):
        (folder / name).symlink_to(ROOT / name)
    return make_base(folder)


def shipped(made: Made, folder: Path) -> Mapping[str, Ship]:
    data = load_run(made.store, made.run_id)
    frame = frame_of(data)
    return Shipper(made.project)(data, frame, verdicts(data, frame, 0.01), folder)


def test_the_report_has_an_archive_that_verification_accepts(
    tmp_path: Path, base: Base, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make(tmp_path, base)
    folder = write_report(
        made.store, made.run_id, tmp_path / "reports", shipper=Shipper(made.project)
    )
    archives = [path.relative_to(folder).as_posix() for path in folder.rglob("*.zip")]
    assert archives == [f"ship/{TARGET}/original_int8.zip"]
    path = folder / archives[0]
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    for text in ((folder / name).read_text() for name in ("index.html", "results.md")):
        assert sha256 in text
        assert archives[0] in text
    vectors = made.export().with_vectors(8).vectors
    assert vectors.counts is not None
    answers = Answers(vectors.outputs, vectors.counts, "GCC")
    monkeypatch.setattr(verification, "remeasure", lambda *_: answers)
    found = verify(path, made.project)
    assert (found.differences, found.manifest.target) == ((), TARGET)
    with unpacked(path) as library:
        assert (library / "library.properties").is_file()


def test_an_archive_has_the_same_bytes_again(tmp_path: Path, base: Base) -> None:
    made = make(tmp_path, base)
    first, second = (shipped(made, tmp_path / name)[TARGET] for name in ("one", "two"))
    assert first == second
    assert first.bytes == (tmp_path / "one" / TARGET / "original_int8.zip").stat().st_size


def test_boards_without_a_choice_have_no_file(tmp_path: Path, base: Base) -> None:
    assert set(shipped(make(tmp_path, base), tmp_path / "ship")) == {TARGET}


def test_a_model_that_is_another_file_now_is_a_sentence(tmp_path: Path, base: Base) -> None:
    found = shipped(make(tmp_path, base, sha256="0" * 64), tmp_path / "ship")[TARGET]
    assert found.problem.startswith("Original int8 is another file than run 1 measured")
    assert (found.path, found.bytes) == ("", 0)


def test_nothing_is_built_for_a_report(
    tmp_path: Path, base: Base, monkeypatch: pytest.MonkeyPatch
) -> None:
    def build(*_: object, **__: object) -> None:
        raise AssertionError("a report trains nothing")

    monkeypatch.setattr(module, "build_variants", build)
    project = replace(base.project, root=tmp_path / "elsewhere")
    made = replace(make(tmp_path, base), project=project)
    problem = shipped(made, tmp_path / "ship")[TARGET].problem
    assert problem.startswith("The models of this run are not in the cache")


def test_a_plan_that_cannot_be_read_here_is_a_sentence(tmp_path: Path, base: Base) -> None:
    gone = replace(base, plan_text=base.plan_text.replace("digits.tflite", "gone.tflite"))
    problem = shipped(make(tmp_path, gone), tmp_path / "ship")[TARGET].problem
    assert problem.startswith("The plan of run 1 cannot be used here")
    none = replace(base, plan_text="")
    problem = shipped(make(tmp_path / "b", none), tmp_path / "ship")[TARGET].problem
    assert "measured a model file, which the store does not keep" in problem


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path, base: Base) -> None:
    (tmp_path / "ship").write_text("a file is in the way")
    assert "Not a directory" in shipped(make(tmp_path, base), tmp_path / "ship")[TARGET].problem
