"""Whether the choice between dense and sparse kernels is the faster one on the device itself."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest

from harness.boards.catalogue import load_catalogue
from harness.codegen import choose
from harness.codegen.calls import Call
from harness.project import Project
from harness.run import Execution
from harness.run.settings import RunSettings
from harness.run.unplanned import begin_unplanned
from harness.store import Store
from harness.workload.workload import Workload, prepare
from tests.chosen_targets import COUNTING

pytestmark = pytest.mark.hil
DATA = Path(__file__).parents[1] / "data"


def dense(call: Call, *_: object) -> Call:
    return call


def sparse(call: Call, candidate: Call, *_: object) -> Call:
    """Wherever the choice may take it: never for more flash, however fast."""
    return candidate if candidate.const_bytes < call.const_bytes else call


@pytest.mark.parametrize("target", [*COUNTING, "qemu-m3"])
@pytest.mark.parametrize("name", ["digits_sparse_int8", "digits_int8"])
def test_the_chosen_kernels_are_not_slower_than_all_dense_or_all_sparse(
    name: str, target: str, tmp_path: Path
) -> None:
    spec = load_catalogue()[target]
    with np.load(DATA / "digits_test.npz") as file:
        samples = file["x"][:2]
    workload = prepare(
        variant=name,
        dtype="int8",
        tflite=(DATA / f"{name}.tflite").read_bytes(),
        samples=samples,
        cache_dir=tmp_path,
    )
    chosen = count(workload, target, tmp_path / "chosen")
    for kind in (dense, sparse):
        with patch.object(choose, "cheaper", kind):
            other = count(workload, target, tmp_path / kind.__name__)
        # what differs by less than 5 % counts as equal, and the smaller one is taken
        assert chosen <= 1.05 * other, (kind.__name__, spec.core)


def count(workload: Workload, target: str, folder: Path) -> float:
    folder.mkdir()
    with Store(folder / "results.sqlite") as store:
        run_id = begin_unplanned(store, "choice", {})
        execution = Execution(Project.here(), store, run_id, RunSettings(), lambda _: None)
        execution.run([workload], [load_catalogue()[target]])
        (cell,) = store.cells(run_id)
        assert cell.status == "ok", cell.reason
        return float(np.median(store.samples(cell.id).counts))
