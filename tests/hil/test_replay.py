"""Images made without PlatformIO are those that PlatformIO makes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness.boards.catalogue import load_catalogue
from harness.codegen import compile_model, render_image
from harness.firmware.builder import FirmwareBuilder
from harness.project import Project
from tests.chosen_targets import TUTORIAL

pytestmark = pytest.mark.hil
DATA = Path(__file__).parents[1] / "data"


@pytest.mark.parametrize("target", TUTORIAL)
def test_a_replayed_image_is_platformios_to_the_byte(
    project: Project, tmp_path: Path, target: str
) -> None:
    spec = load_catalogue()[target]
    name = "digits_sparse_int8"
    model = compile_model((DATA / f"{name}.tflite").read_bytes(), name, core=spec.core)
    first, files = (render_image([model], build_id * 8) for build_id in ("be", "ef"))
    environment = FirmwareBuilder(project).environment(spec)
    with environment.workspace() as workspace:
        environment.compile(workspace, first, tmp_path / "first.log")  # leaves the commands
        quick = environment.compile(workspace, files, tmp_path / "quick.log")
        replayed = quick.read_bytes()
        by_platformio = replace(environment, inputs="")
        slow = by_platformio.compile(workspace, files, tmp_path / "slow.log")
        assert slow.read_bytes() == replayed
    assert "Processing" not in (tmp_path / "quick.log").read_text()
    assert "Processing" in (tmp_path / "slow.log").read_text()
