from pathlib import Path
from types import SimpleNamespace

import numpy as np

from harness.plan.plan import parse_plan
from harness.project import Project
from harness.run.plan_run import _workloads
from harness.store import CellKey, Stage, Store

DATA = Path(__file__).parents[1] / "data"


def test_a_file_that_the_engine_cannot_run_is_refused_and_others_go_on(tmp_path: Path) -> None:
    plan = parse_plan(
        {
            "name": "p",
            "model": {"entry": "models.digits_cnn"},
            "variant": [{"name": "original", "method": "none"}],
            "matrix": {"dtypes": ["int8", "int16x8"], "targets": ["host", "qemu-m4"]},
        },
        "plan",
    )
    odd = tmp_path / "odd.tflite"
    odd.write_bytes(variant_cut_short())
    variant = SimpleNamespace(
        name="original", files={"int8": DATA / "digits_int8.tflite", "int16x8": odd}
    )
    with np.load(DATA / "digits_test.npz") as file:
        samples = file["x"][:3]
    built = SimpleNamespace(variants=(variant,))
    workloads, unusable = _workloads(plan, built, Project(tmp_path, tmp_path), samples)
    assert [(each.variant, each.dtype, len(each.inputs)) for each in workloads] == [
        ("original", "int8", 3)
    ]
    assert list(unusable) == [
        CellKey("original", "int16x8", "codegen", target) for target in ("host", "qemu-m4")
    ]
    assert len(set(unusable.values())) == 1
    assert "file" in next(iter(unusable.values()))


def variant_cut_short() -> bytes:
    return (DATA / "digits_int8.tflite").read_bytes()[:200]


def test_a_refused_model_is_a_refused_cell(tmp_path: Path) -> None:
    with Store(tmp_path / "results.sqlite") as store:
        run = store.begin_run(
            plan_name="p",
            plan_text="",
            plan_digest="d",
            provenance={},
            labels=np.empty(0, np.int64),
            classes=0,
        )
        cell = store.put_cell(run, CellKey("v", "dynamic", "codegen", "host"))
        store.fail_cell(cell, Stage.MODEL, "the engine cannot run it")
        (found,) = store.cells(run)
    assert (found.status, found.stage, found.reason) == (
        "refused",
        "model",
        "the engine cannot run it",
    )
