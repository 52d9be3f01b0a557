"""Golden models as workloads, and a store, for tests that run real firmware in simulators."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from harness.project import Project
from harness.store import Store
from harness.workload.workload import Workload, prepare
from tests.hil.port_images import Builds

DATA = Path(__file__).parents[1] / "data"


@pytest.fixture(scope="session", autouse=True)
def objects(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Objects that workspaces and checkouts of this session share: SCons knows them by content."""
    base = tmp_path_factory.getbasetemp()
    session = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLATFORMIO_BUILD_CACHE_DIR", str(session / "objects"))
        patch.setenv("SCONSFLAGS", "--cache-show")  # the log has every command all the same
        yield


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """The checkout with its build cache, but a store and reports of its own."""
    return Project.here(tmp_path / "reports")


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Builds:
    """Firmware of the ports."""
    return Builds(Project.here(tmp_path_factory.mktemp("reports")))


@pytest.fixture(scope="session")
def workload(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, int], Workload]:
    """`workload(golden name, samples)`: that model on the first test samples of digits."""
    cache = tmp_path_factory.mktemp("reference")
    with np.load(DATA / "digits_test.npz") as file:
        x = file["x"]

    def make(name: str, samples: int) -> Workload:
        variant, _, dtype = name.rpartition("_")
        tflite = (DATA / f"{name}.tflite").read_bytes()
        return prepare(
            variant=variant, dtype=dtype, tflite=tflite, samples=x[:samples], cache_dir=cache
        )

    return make


@pytest.fixture
def begin(project: Project) -> Callable[[], tuple[Store, int]]:
    """`begin()`: a fresh store with one empty run."""

    def make() -> tuple[Store, int]:
        store = Store(project.store)
        run_id = store.begin_run(
            plan_name="test",
            plan_text="",
            plan_digest="test",
            provenance={},
            labels=np.empty(0, np.int64),
            classes=0,
        )
        return store, run_id

    return make
