"""Real firmware of the host build behind a middleman: its lies fail the cell, silence does not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import pytest
import serial

from harness.boards.catalogue import TargetSpec, load_catalogue
from harness.firmware.builder import FirmwareBuilder
from harness.link.session import Session
from harness.link.transport import open_port
from harness.project import Project
from harness.run.cells import Cell
from harness.run.context import Context
from harness.run.image_run import run_image
from harness.run.settings import RunSettings
from harness.store import CellKey, CellRecord, Store
from harness.targets.process import ProcessTarget
from harness.workload.workload import Workload
from tests.lies.board import Answer, honest, in_run, in_ticks
from tests.lies.middleman import Middleman

pytestmark = pytest.mark.hil
HOST = load_catalogue()["host"]


@dataclass(frozen=True)
class Deceived(Context):
    """A context whose line has a middleman."""

    altered: Answer = honest

    @contextmanager
    def connect(self, spec: TargetSpec, image: Any) -> Iterator[Session]:
        """Return a session with the host build."""
        target = ProcessTarget(spec, self.project.root)
        log = self.project.reports / "log"
        with (
            target.start(image.elf, log) as (port, check_alive),
            open_port(port, spec.baud) as line,
        ):
            altered = cast(serial.Serial, Middleman(line, self.altered))
            session = Session(altered, name=spec.name, check_alive=check_alive)
            session.hello(within_s=15, build_id=image.build_id)
            yield session


@pytest.fixture(scope="module")
def measured(
    workload: Callable[[str, int], Workload], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[Answer], CellRecord]:
    """`measured(altered)`: the cell of digits in int8 on the host build with these lies."""
    model = workload("digits_int8", 12).for_core(HOST.core)
    reports: Path = tmp_path_factory.mktemp("reports")
    project = Project.here(reports)
    image = FirmwareBuilder(project).build(HOST, [model.compiled])

    def measure(altered: Answer) -> CellRecord:
        with Store(reports / "results.sqlite") as store:
            run = store.begin_run(
                plan_name="lies", plan_text="", plan_digest="", provenance={},
                labels=model.inputs[:0, 0, 0, 0], classes=0,
            )  # fmt: skip
            key = CellKey(model.variant, model.dtype, "codegen", HOST.name)
            cell = Cell(key, store.put_cell(run, key), model)
            context = Deceived(project, store, run, RunSettings(), lambda _: None, altered=altered)
            run_image(context, HOST, [cell], image)
            return store.cell(cell.id)

    return measure


def test_an_honest_middleman_changes_nothing(measured: Callable[[Answer], CellRecord]) -> None:
    cell = measured(honest)
    assert (cell.status, cell.reason) == ("ok", "")


@pytest.mark.parametrize(
    ("altered", "said"),
    [
        (in_ticks(lambda _: 0), "0 ticks of the counter, an empty bracket takes"),
        (in_ticks(lambda ticks: ticks // 40), "ticks of the counter"),
        (in_ticks(lambda ticks: ticks // 40, window=True), "ticks of the counter"),
        (in_ticks(lambda ticks: ticks * 10_000), "and the answer came after"),
        (in_run(lambda run: replace(run, data=bytes(len(run.data)))), "12 outputs are the same"),
        (in_run(lambda run: replace(run, data=run.data[::-1])), "% as much as those to different"),
    ],
)
def test_lies_about_real_firmware_fail_the_cell(
    measured: Callable[[Answer], CellRecord], altered: Answer, said: str
) -> None:
    cell = measured(altered)
    assert (cell.status, cell.stage) == ("failed", "measure")
    assert said in cell.reason
