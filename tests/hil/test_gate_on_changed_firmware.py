"""The gate on firmware that was made worse on purpose, in a scratch copy of the sources."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from harness.compare.baseline import Baseline
from harness.compare.figures import of_run
from harness.compare.finding import Finding
from harness.compare.judge import judge
from harness.plan.limits import Limits
from harness.project import Project
from harness.run.plan_run import measure_all
from harness.run.settings import RunSettings
from harness.store import Store
from harness.workload.workload import Workload

pytestmark = pytest.mark.hil
Make = Callable[[str, int], Workload]

CELL = "digits/int8/codegen/qemu-m4"
SOFTMAX = "firmware/lib/engine/src/elementwise/engine_softmax_s8.c"
OUTPUT = "firmware/lib/engine/src/core/engine_output_s8.h"


@pytest.fixture
def copy(project: Project, tmp_path: Path) -> Project:
    """A checkout of its own: the sources copied, the tools and packages shared."""
    root = tmp_path / "copy"
    shutil.copytree(project.root / "firmware", root / "firmware")
    shutil.copy(project.root / "platformio.ini", root)
    for shared in (".platformio", ".tools", ".venv"):
        if (project.root / shared).exists():
            (root / shared).symlink_to(project.root / shared)
    return Project(root, tmp_path / "reports")


def figures(project: Project, workload: Workload) -> Baseline:
    """Measure the workload with the project's firmware, layers too."""
    with Store(project.store) as store:
        run_id = store.begin_run(
            plan_name="test", plan_text="", plan_digest="test", provenance={},
            labels=np.empty(0, np.int64), classes=0,
        )  # fmt: skip
        measure_all(
            [workload], ["qemu-m4"], project, store, run_id, RunSettings(layers=True),
            lambda _: None,
        )  # fmt: skip
        return of_run(store, run_id)


def change(project: Project, path: str, old: str, new: str) -> None:
    source = project.root / path
    text = source.read_text()
    assert text.count(old) == 1
    source.write_text(text.replace(old, new))


def regressions(before: Baseline, now: Baseline) -> dict[str, Finding]:
    found = judge(before, now, Limits(flash_growth=512, ram_growth=512))
    return {each.figure: each for each in found if each.verdict == "regression"}


def test_the_gate_names_cell_layer_and_size(
    project: Project, copy: Project, workload: Make
) -> None:
    model = replace(workload("digits_int8", 5), variant="digits")
    before = figures(project, model)
    assert regressions(before, figures(copy, model)) == {}  # a copy is no change

    # some 3 % of all instructions more, in the softmax
    change(
        copy, SOFTMAX, "    engine_softmax_s8_params p;",
        "    for (volatile int i = 0; i < 150; i++) {\n    }\n    engine_softmax_s8_params p;",
    )  # fmt: skip
    now = figures(copy, model)
    slower = regressions(before, now)
    assert slower.keys() == {"latency_median"}
    assert slower["latency_median"].cell == CELL
    old, new = before.cells[CELL].latency_median, now.cells[CELL].latency_median
    assert old is not None
    assert new is not None
    assert 1.02 < new / old < 1.04
    detail = slower["latency_median"].detail
    assert f"({new / old - 1:+.1%})" in detail
    assert "layer 5 SOFTMAX: " in detail
    assert detail.count("; layer") == 1  # and no other layer

    # one LSB in what the dense kernels write
    shutil.copy(project.root / SOFTMAX, copy.root / SOFTMAX)
    change(copy, OUTPUT, "const int32_t offset = 2 * r->offset + 1;",
           "const int32_t offset = 2 * r->offset + 3;")  # fmt: skip
    wrong = regressions(before, figures(copy, model))
    # the softmax hides it: all its inputs are one too high
    assert wrong["layer_parity"].cell == CELL
    assert wrong["layer_parity"].detail == "first wrong at layer 0 CONV_2D, by 1"
