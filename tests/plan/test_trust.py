"""Foreign code in a plan: nothing of it is run, or even imported, before the user consents.

A module of these tests only notes that it was imported; nothing here does harm.
"""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from harness.errors import InputError
from harness.plan.plan import load_plan, parse_plan
from harness.plan.trust import foreign_code, require_trust, runs_code
from harness.variants.build import build_variants
from harness.variants.untrained import check_plan
from tests.plan.test_sources import plan_of

ROOT = Path(__file__).parents[2]
SAMPLES = {"file": str(ROOT / "tests" / "data" / "digits_test.npz")}
TFLITE = {"file": str(ROOT / "tests" / "data" / "digits_int8.tflite")}


@pytest.fixture
def noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that importing the package of this test, or its module, would write."""
    marker = tmp_path / "imported"
    package = tmp_path / "noting_package"
    package.mkdir()
    note = f"from pathlib import Path\nPath({str(marker)!r}).touch()\n"
    (package / "__init__.py").write_text(note)
    (package / "inner.py").write_text(f"{note}def build(): return 1\ndef dataset(): return 1\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield marker
    for name in ("noting_package", "noting_package.inner"):
        sys.modules.pop(name, None)


@pytest.mark.parametrize(
    ("model", "data", "reason"),
    [
        ({"entry": "noting_package.inner"}, None, 'model.entry = "noting_package.inner" imports'),
        ({"entry": "noting_package.inner:build"}, SAMPLES, 'model.entry = "noting_package.inner:b'),
        (TFLITE, {"entry": "noting_package.inner:dataset"}, 'data.entry = "noting_package.inner:'),
    ],
)
def test_a_module_is_not_imported_without_consent(
    noted: Path, tmp_path: Path, model: dict[str, Any], data: dict[str, Any] | None, reason: str
) -> None:
    plan = plan_of(model, data)
    for use in (build_variants, check_plan):
        with pytest.raises(InputError, match="runs code that is not the harness' own") as caught:
            use(plan, cache_dir=tmp_path, on_progress=print)
        assert reason in caught.value.what
        assert "trust = true" in caught.value.hint
    assert not noted.exists()
    require_trust(plan.trusted_by(True))
    require_trust(plan_of(model, data, trust=True))
    assert not noted.exists()


def test_consent_is_no_part_of_what_is_measured() -> None:
    plan = plan_of(TFLITE, SAMPLES)
    assert plan.trusted_by(True).trust
    assert plan.trusted_by(True).digest == plan.digest
    assert not plan.trusted_by(False).trust
    assert parse_plan(plan.trusted_by(True).model_dump(by_alias=True), "again").trust


def test_plans_of_the_project_need_no_consent() -> None:
    found = {path.stem: foreign_code(load_plan(path)) for path in (ROOT / "plans").rglob("*.toml")}
    assert [reasons for reasons in found.values() if reasons] == []
    assert len(found) > 5


def test_a_module_of_another_folder_called_models_is_foreign(
    noted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (noted.parent / "noting_package").rename(noted.parent / "models")
    monkeypatch.delitem(sys.modules, "models", raising=False)
    plan = plan_of({"entry": "models.inner"})
    assert foreign_code(plan) == ['model.entry = "models.inner" imports a Python module']
    assert not noted.exists()


def test_commands_and_libraries_of_a_plan_are_foreign(tmp_path: Path) -> None:
    plan = plan_of(TFLITE, SAMPLES, power={"uno": "reset {port}", "mega2560": "uhubctl"})
    assert foreign_code(plan) == ['power.uno = "reset {port}" is a command']
    plan = plan_of(TFLITE, SAMPLES, tflm={"library": str(tmp_path)})
    (reason,) = foreign_code(plan)
    assert reason.endswith("PlatformIO runs the build scripts of a library")


def test_only_archives_and_tflite_files_run_no_code(tmp_path: Path) -> None:
    archive = tmp_path / "a.keras"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("config.json", "{}")
    disguised, folder, renamed = tmp_path / "b.keras", tmp_path / "c.keras", tmp_path / "d.h5"
    disguised.write_bytes(b"\x89HDF\r\n\x1a\n")
    folder.mkdir()
    (folder / "saved_model.pb").touch()
    renamed.write_bytes(archive.read_bytes())
    assert not runs_code(archive)
    assert not runs_code(Path(TFLITE["file"]))
    assert [runs_code(path) for path in (disguised, folder, renamed)] == [True] * 3
