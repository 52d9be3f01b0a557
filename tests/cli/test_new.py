from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np

from harness.cli.new import FILES
from tests.source_files import ROOT


def harness(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from harness.cli import main; main()", *words],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_new_project_has_a_valid_plan_whose_model_is_beside_it(tmp_path: Path) -> None:
    assert harness(tmp_path, "new", "my project").returncode == 0
    project = tmp_path / "my project"
    found = {str(path.relative_to(project)) for path in project.rglob("*") if path.is_file()}
    assert found == set(FILES)
    assert 'name = "my-project"' in (project / "plan.toml").read_text(encoding="utf-8")
    for folder, plan in ((project, "plan.toml"), (tmp_path, "my project/plan.toml")):
        checked = harness(folder, "plan", "check", plan, "--no-model")
        assert checked.returncode == 0, checked.stderr
        assert "2 variants x 1 dtype x 1 engine x 2 targets" in checked.stdout


def test_the_samples_of_a_new_project_are_what_its_model_takes(tmp_path: Path) -> None:
    harness(tmp_path, "new", "mine")
    names: dict[str, object] = {}
    exec((tmp_path / "mine" / "digits_model.py").read_text(encoding="utf-8"), names)
    x, y = names["dataset"]()  # type: ignore[operator]
    assert (x.shape, x.dtype, x.min(), x.max()) == ((1797, 8, 8, 1), np.float32, 0, 1)
    assert sorted(set(y.tolist())) == list(range(10))


def test_the_workflow_calls_commands_and_files_that_are_there(tmp_path: Path) -> None:
    harness(tmp_path, "new", "mine")
    workflow = tmp_path / "mine" / ".github" / "workflows" / "on-device.yml"
    text = workflow.read_text(encoding="utf-8")
    commands = set(re.findall(r"harness ([a-z]+)", text))
    assert commands == {"setup", "run", "compare"}
    listed = harness(tmp_path, "--help").stdout
    assert all(re.search(rf"^  {command} ", listed, re.MULTILINE) for command in commands)
    assert "harness run plan.toml" in text
    assert "$$" not in text


def test_a_folder_with_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").touch()
    refused = harness(tmp_path, "new", "mine")
    assert refused.returncode == 2
    assert "this is there already" in refused.stderr
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["notes.txt"]


def test_a_name_that_is_no_plans_name_becomes_one(tmp_path: Path) -> None:
    harness(tmp_path, "new", "Prüfling (2)")
    text = (tmp_path / "Prüfling (2)" / "plan.toml").read_text(encoding="utf-8")
    (name,) = re.findall(r'^name = "(.*)"$', text, re.MULTILINE)[:1]
    assert name == "Pr-fling-2"
