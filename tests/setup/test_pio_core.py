import json
from pathlib import Path

import pytest

from harness.errors import ToolMissing
from harness.setup import pio_core
from harness.setup.pio_core import make_core, package_version


@pytest.mark.parametrize(("scons", "number"), [("4.11.1", "4.41101.0"), ("4.8.0", "4.40800.0")])
def test_packages_are_numbered_as_in_the_registry(scons: str, number: str) -> None:
    assert package_version(scons) == number


def test_the_core_folder_is_complete_and_stays_as_it_is(tmp_path: Path) -> None:
    make_core(tmp_path)
    package = tmp_path / "packages" / "tool-scons"
    assert {path.name for path in package.iterdir()} == {
        ".piokeep",
        ".piopm",
        "package.json",
        "scons.py",
    }
    state = json.loads((tmp_path / "appstate.json").read_text(encoding="utf-8"))
    assert state["settings"]["enable_telemetry"] is False
    before = {path: path.stat().st_mtime_ns for path in package.iterdir()}
    make_core(tmp_path)
    assert {path: path.stat().st_mtime_ns for path in package.iterdir()} == before


def test_a_scons_that_platformio_does_not_take_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pio_core, "version", lambda _: "3.0.0")
    with pytest.raises(ToolMissing, match=r"SCons 3\.0\.0 would be 3\.30000\.0"):
        make_core(tmp_path)
