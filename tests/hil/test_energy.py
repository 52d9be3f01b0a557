"""Energy from a board to its row: the pin of a simulated Uno, seen by a probe made for it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest

from harness.boards.catalogue import load_catalogue
from harness.energy.probe import Probe, Samples
from harness.errors import EnergyError
from harness.plan.energy import EnergyPart
from harness.project import Project
from harness.results.table import results_frame
from harness.run import Execution
from harness.run.settings import RunSettings
from harness.store import Store
from harness.workload.workload import Workload

pytestmark = pytest.mark.hil
Make = Callable[[str, int], Workload]
Begin = Callable[[], tuple[Store, int]]

CLOCK_HZ, RATE_HZ = 16_000_000, 100_000
BUSY_A, IDLE_A, SUPPLY_V = 0.012, 0.004, 5.0


class PinProbe(Probe):
    """Sees the pin that simavr recorded, and a board that draws 12 mA while it is high, else 4."""

    title = "pin of simavr"

    def __init__(self, record: Path, *, wired: bool = True) -> None:
        self.record, self.wired = record, wired
        self.known = 0
        self.windows: list[int] = []  # cycles

    def open(self) -> None: ...
    def close(self) -> None: ...

    def start(self) -> None:
        self.known = len(self.changes())

    def changes(self) -> list[tuple[int, int]]:
        lines = self.record.read_text().splitlines()
        return [(int(line.split()[0]), int(line.split()[1])) for line in lines]

    def stop(self) -> Samples:
        (up, risen), (down, fallen) = self.changes()[self.known :]
        assert (risen, fallen) == (1, 0)
        self.windows.append(down - up)
        time_s = np.arange(up / CLOCK_HZ - 0.2, down / CLOCK_HZ + 0.1, 1 / RATE_HZ)
        high = (time_s >= up / CLOCK_HZ) & (time_s < down / CLOCK_HZ)
        return Samples(
            time_s=time_s,
            current_a=np.where(high, BUSY_A, IDLE_A),
            voltage_v=np.full(len(time_s), SUPPLY_V),
            marker=high & self.wired,
        )


def run(
    project: Project,
    begin: Begin,
    workload: Workload,
    monkeypatch: pytest.MonkeyPatch,
    probe: PinProbe | None,
    record: Path,
) -> tuple[Store, int]:
    store, run_id = begin()
    spec = load_catalogue()["simavr-uno"]
    program, *rest = spec.command
    spec = spec.model_copy(update={"command": (program, "-p", f"D4={record}", *rest)})
    monkeypatch.setattr("harness.run.target_run.powered", lambda _: nullcontext(probe))
    part = EnergyPart(probe="joulescope", windows=2, seconds=0.05)
    execution = Execution(
        project,
        store,
        run_id,
        RunSettings(energy={} if probe is None else {spec.name: part}),
        lambda _: None,
    )
    execution.run([workload], [spec])
    return store, run_id


def test_energy_is_power_over_the_marked_window(
    project: Project,
    workload: Make,
    begin: Begin,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    record = tmp_path / "pin"
    probe = PinProbe(record)
    model = workload("digits_int8", 2)
    store, run_id = run(project, begin, model, monkeypatch, probe, record)
    (row,) = results_frame(store, run_id).itertuples()
    assert (row.status, row.energy_kind, row.energy_windows) == ("ok", "measured", 2)
    assert row.energy_how == "measured (pin of simavr, 2 windows)"
    # No serial traffic, no pause: a window is its inferences, and a copy of 64 bytes with each.
    invocations = row.energy_invocations
    assert invocations == np.ceil(0.05 * CLOCK_HZ / row.latency_median)
    (window,) = set(probe.windows)
    assert row.latency_median < window / invocations < row.latency_median + 1_000
    seconds = window / invocations / CLOCK_HZ
    assert row.energy_uj == pytest.approx(BUSY_A * SUPPLY_V * seconds * 1e6, rel=1e-3)
    assert row.energy_idle_mw == pytest.approx(IDLE_A * SUPPLY_V * 1e3)
    above = (BUSY_A - IDLE_A) * SUPPLY_V * seconds * 1e6
    assert row.energy_above_idle_uj == pytest.approx(above, rel=1e-3)


def test_a_cell_stays_well_where_the_marker_is_not_wired(
    project: Project,
    workload: Make,
    begin: Begin,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    record = tmp_path / "pin"
    probe = PinProbe(record, wired=False)
    model = workload("digits_int8", 1)
    store, run_id = run(project, begin, model, monkeypatch, probe, record)
    (row,) = results_frame(store, run_id).itertuples()
    assert (row.status, row.energy_kind) == ("ok", "estimate")
    assert "the marker was never high" in row.energy_reason


def test_a_probe_that_cannot_be_opened_fails_its_boards_cells(
    project: Project, workload: Make, begin: Begin
) -> None:
    """Without a probe the board may have no supply: nothing is tried, and the row says why."""
    store, run_id = begin()
    part = EnergyPart(probe="ppk2", port="/dev/none", voltage_mv=5000)
    settings = RunSettings(energy={"uno": part})
    execution = Execution(project, store, run_id, settings, lambda _: None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("harness.energy.probes.Ppk2.open", refuse)
        execution.run([workload("digits_int8", 1)], [load_catalogue()["uno"]])
    (cell,) = store.cells(run_id)
    assert (cell.status, cell.stage) == ("failed", "probe")
    assert cell.reason == "/dev/none: this is no PPK2; check port"


def refuse(_: Probe) -> None:
    raise EnergyError("this is no PPK2", where="/dev/none", hint="check port")


def test_without_a_probe_the_uno_has_an_estimate(
    project: Project,
    workload: Make,
    begin: Begin,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    record = tmp_path / "pin"
    model = workload("digits_int8", 2)
    store, run_id = run(project, begin, model, monkeypatch, None, record)
    (row,) = results_frame(store, run_id).itertuples()
    assert record.read_text() == ""  # RUN and the rest leave the pin alone
    assert row.energy_kind == "estimate"
    # ATmega328P: 5.2 mA at 5 V and 8 MHz, 3.25 nJ a cycle
    assert row.energy_uj == pytest.approx(row.latency_median * 3.25e-3)
    assert row.energy_how.startswith("datasheet estimate (5.2 mA at 5 V and 8 MHz")
