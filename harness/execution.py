"""Running workloads on targets: build, pack, flash, measure; every cell ends as a row.

Targets run side by side, one thread each; within a target the models that fit share an image.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from harness.attach import attach
from harness.codegen import CompiledModel
from harness.codegen.calls import ALIAS
from harness.doctor import require_tools
from harness.energy.measuring import measure_energy
from harness.energy.probe import Probe
from harness.energy.probes import powered
from harness.energy.settings import EnergyPart
from harness.engines import CODEGEN
from harness.errors import (
    BuildError,
    DoesNotFit,
    EnergyError,
    HarnessError,
    LinkError,
    ModelError,
    TargetError,
    WrongFirmware,
)
from harness.firmware import FirmwareBuilder, Image
from harness.layers import LayerFigures, measure_layers
from harness.link.session import Session
from harness.measure.footprint import Footprint, footprint_delta
from harness.measurement import Clock, Job, Measured, check_table, cold_run, measure, stack_depth
from harness.packing import Size, pack
from harness.project import Project
from harness.store import CellKey, SampleRow, Store
from harness.targets.base import Target
from harness.targets.catalogue import TargetSpec
from harness.tflm.engine import TflmEngine, prepare
from harness.tflm.model import TflmModel
from harness.workload import Workload

FLUSH_ROWS = 64
CONNECTIONS = 2  # a silent device is reset and tried once more before its cells fail


@dataclass(frozen=True)
class Event:
    """Progress of one cell: `stage` names what happens, `done` of `total` samples are measured."""

    key: CellKey
    stage: str
    done: int = 0
    total: int = 0
    note: str = ""


@dataclass(frozen=True)
class Cell:
    """A workload on one target, with its row in the store."""

    key: CellKey
    id: int
    workload: Workload


def _nothing(session: Session) -> None:  # noqa: ARG001
    return None


class Interrupted(HarnessError):
    """The user asked to stop; what is measured is in the store."""


class Execution:
    """One run over all targets."""

    def __init__(
        self,
        project: Project,
        store: Store,
        run_id: int,
        *,
        warmup: int,
        ports: Mapping[str, str],
        power: Mapping[str, str] | None = None,
        layers: bool = False,
        energy: Mapping[str, EnergyPart] | None = None,
        wait_s: float = 0.0,
        engines: Sequence[str] = (CODEGEN,),
        tflm: TflmEngine | None = None,
        on_event: Callable[[Event], None],
    ) -> None:
        """`tflm` provides the engine of that name; its libraries were checked before."""
        self._project = project
        self._store = store
        self._run_id = run_id
        self._warmup = warmup
        self._ports = ports
        self._power = power or {}
        self._layers = layers
        self._energy = energy or {}
        self._wait_s = wait_s
        self._on_event = on_event
        self._engines = engines
        self._tflm = tflm or TflmEngine(project, None)
        self._builder = FirmwareBuilder(project)
        self._stop = threading.Event()

    def run(
        self,
        workloads: Sequence[Workload],
        targets: Sequence[TargetSpec],
        done: frozenset[CellKey] = frozenset(),
    ) -> None:
        """Measure every workload on every target except the cells in `done`.

        Failures are written into their cells. Ctrl-C stops all devices and is raised again.
        """
        for_core = {
            core: [workload.for_core(core) for workload in workloads]
            for core in {spec.core for spec in targets}
        }
        queues = {
            spec: [
                self._cell(spec, each, engine)
                for each in for_core[spec.core]
                for engine in self._engines
            ]
            for spec in targets
        }
        for cell in (each for cells in queues.values() for each in cells if each.key not in done):
            self._on_event(Event(cell.key, "waiting", 0, len(cell.workload.inputs)))
        # A thread a target: boards wait for their serial lines, and simulators for theirs.
        pool = ThreadPoolExecutor(max_workers=max(1, len(queues)))
        futures = [
            pool.submit(self._target, spec, [cell for cell in cells if cell.key not in done])
            for spec, cells in queues.items()
        ]
        try:
            for future in futures:
                future.result()
        except BaseException:
            self._stop.set()
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def _cell(self, spec: TargetSpec, workload: Workload, engine: str) -> Cell:
        key = CellKey(workload.variant, workload.dtype, engine, spec.name)
        facts: dict[str, Any] = {
            "target_title": spec.title,
            "core": spec.core,
            "clock_hz": spec.clock_hz,
            "timing_kind": spec.timing_kind,
            "latency_unit": spec.latency_unit,
            "flash_limit": spec.flash_bytes,
            "ram_limit": spec.ram_bytes,
            "current": None if spec.current is None else spec.current.model_dump(),
        }
        if engine == CODEGEN:
            facts |= {
                "arena_bytes": workload.compiled.arena_bytes,
                "weights_bytes": workload.compiled.const_bytes,
                "layers": _layers(workload.compiled),
            }
        return Cell(key, self._store.put_cell(self._run_id, key, facts=facts), workload)

    def _target(self, spec: TargetSpec, cells: Sequence[Cell]) -> None:
        if not cells:
            return
        try:
            with powered(self._energy.get(spec.name)) as probe:
                self._powered_target(spec, cells, probe)
        except EnergyError as error:
            self._fail(cells, "probe", error)

    def _powered_target(self, spec: TargetSpec, cells: Sequence[Cell], probe: Probe | None) -> None:
        try:
            require_tools(spec, self._project.root)
            base = self._build(spec, [], cells)
        except HarnessError as error:
            self._fail(cells, "build", error)
            return
        fitting: list[Cell] = []
        sizes: list[Size] = []
        for cell in cells:
            if cell.key.engine != CODEGEN:
                self._interpreted(spec, cell, base)
                continue
            size = self._size(spec, cell, base)
            if size is not None:
                fitting.append(cell)
                sizes.append(size)
        free = spec.ram_bytes - spec.stack_reserve - base.footprint.ram_bytes
        flash_free = spec.flash_bytes - base.footprint.flash_bytes
        for members in pack(sizes, flash_free=flash_free, ram_free=free):
            self._image(spec, [fitting[index] for index in members])
        if self._layers:
            for cell in fitting:
                self._measure_layers(spec, cell)
        if probe is not None:
            for cell in fitting:
                self._measure_energy(spec, cell, probe)

    def _measure_energy(self, spec: TargetSpec, cell: Cell, probe: Probe) -> None:
        """Add energy to a cell that ended well; without it the cell stays well."""
        if self._store.cell(cell.id).status != "ok":
            return
        compiled, part = cell.workload.compiled, self._energy[spec.name]
        total = len(cell.workload.inputs)
        self._on_event(Event(cell.key, "energy", total, total))
        pin = spec.marker_pin if part.pin is None else part.pin
        macros = {"IMAGE_MARKER_PIN": str(pin)}
        try:
            self._check_stop()
            image = FirmwareBuilder(self._project, macros=macros).build(spec, [compiled])
            log = self._project.logs / f"run-{self._run_id}-{spec.name}-{image.build_id}.log"
            with self._make_target(spec, [cell], macros=macros).connect(image, log) as session:
                found = measure_energy(session, cell.workload, probe, part)
        except Interrupted:
            return
        except HarnessError as error:
            facts: dict[str, Any] = {"energy_reason": str(error)}
        else:
            facts = {"energy": asdict(found) | {"probe": probe.title}}
        self._store.put_cell(self._run_id, cell.key, facts=facts)
        self._on_event(Event(cell.key, "ok", total, total))

    def _interpreted(self, spec: TargetSpec, cell: Cell, base: Image) -> None:
        """Measure a cell of TFLM: its image holds one model, with the arena that this one needs."""

        @contextmanager
        def connect(image: Image, upload: Callable[[str], None]) -> Iterator[Session]:
            self._check_stop()
            log = self._log(spec, image)
            with self._make_target(spec, [], upload=upload).connect(image, log) as session:
                yield session

        self._on_event(Event(cell.key, "build"))
        try:
            self._check_stop()
            model = TflmModel.of(cell.workload.compiled, cell.workload.tflite)
            placed = self._tflm.place(spec, model, connect)
        except ModelError as error:
            self._fail([cell], "model", error)
        except DoesNotFit as error:
            self._fail([cell], "fit", error)
        except (LinkError, TargetError) as error:
            self._fail([cell], "measure", error)
        except HarnessError as error:
            self._fail([cell], "build", error)
        else:
            facts = {
                "arena_bytes": placed.arena_bytes,
                "arena_used_bytes": placed.used_bytes,
                "weights_bytes": len(cell.workload.tflite),
            }
            self._put_sizes(cell, placed.image, base, facts)
            self._run_image(
                spec,
                [cell],
                placed.image,
                lambda: self._make_target(spec, [cell], upload=placed.upload),
                lambda session: prepare(session, placed.arena_bytes),
            )

    def _measure_layers(self, spec: TargetSpec, cell: Cell) -> None:
        """Add each layer's figures to a cell that ended well; without them it stays well."""
        if self._store.cell(cell.id).status != "ok":
            return
        compiled = cell.workload.compiled
        total = len(cell.workload.inputs)
        self._on_event(Event(cell.key, "layers", total, total))
        try:
            self._check_stop()
            image = self._builder.build(spec, [compiled], layered=True)
            log = self._log(spec, image)
            with self._make_target(spec, [cell], layered=True).connect(image, log) as session:
                figures = measure_layers(session, spec, cell.workload)
        except Interrupted:
            return
        except HarnessError as error:
            facts: dict[str, Any] = {"layers_reason": str(error)}
        else:
            facts = {
                "layers": _with_figures(compiled, figures),
                "layers_build_id": image.build_id,
            }
        self._store.put_cell(self._run_id, cell.key, facts=facts)
        self._on_event(Event(cell.key, "ok", total, total))

    def _size(self, spec: TargetSpec, cell: Cell, base: Image) -> Size | None:
        """What this model alone adds to the image without models; None where it cannot be built."""
        compiled = cell.workload.compiled
        try:
            base_flash, base_ram = base.footprint.flash_bytes, base.footprint.ram_bytes
            if base_flash + compiled.const_bytes > spec.flash_bytes:
                raise DoesNotFit(
                    f"weights and tables alone need {compiled.const_bytes:,} B of flash beside "
                    f"{base_flash:,} B of firmware, {spec.name} has {spec.flash_bytes:,} B"
                )
            if base_ram + compiled.arena_bytes + spec.stack_reserve > spec.ram_bytes:
                raise DoesNotFit(
                    f"the arena needs {compiled.arena_bytes:,} B of RAM beside {base_ram:,} B of "
                    f"firmware and {spec.stack_reserve:,} B of stack, "
                    f"{spec.name} has {spec.ram_bytes:,} B"
                )
            alone = self._build(spec, [cell], [cell])
        except DoesNotFit as error:
            self._fail([cell], "fit", error)
            return None
        except HarnessError as error:
            self._fail([cell], "build", error)
            return None
        delta = self._put_sizes(cell, alone, base, {})
        return Size(delta.flash_bytes, delta.ram_bytes, compiled.const_bytes)

    def _put_sizes(self, cell: Cell, alone: Image, base: Image, facts: dict[str, Any]) -> Footprint:
        """Record, beside `facts`, what the cell's model adds to the image without models."""
        delta = footprint_delta(alone.footprint, base.footprint)
        sizes = {
            "flash_bytes": delta.flash_bytes,
            "ram_bytes": delta.ram_bytes,
            "sections": delta.sections,
            "image_flash_bytes": alone.footprint.flash_bytes,
        }
        self._store.put_cell(self._run_id, cell.key, facts=facts | sizes)
        return delta

    def _image(self, spec: TargetSpec, cells: Sequence[Cell]) -> None:
        try:
            image = self._build(spec, cells, cells)
        except DoesNotFit as error:
            if len(cells) > 1:
                half = len(cells) // 2
                self._image(spec, cells[:half])
                self._image(spec, cells[half:])
            else:
                self._fail(cells, "fit", error)
            return
        except BuildError as error:
            self._fail(cells, "build", error)
            return
        self._run_image(spec, cells, image, lambda: self._make_target(spec, cells))

    def _run_image(
        self,
        spec: TargetSpec,
        cells: Sequence[Cell],
        image: Image,
        make_target: Callable[[], Target],
        set_up: Callable[[Session], object] = _nothing,
    ) -> None:
        """Measure the cells of one image; `set_up` is what its engine wants after each start."""
        for cell in cells:
            self._store.put_cell(self._run_id, cell.key, build_id=image.build_id, facts={})
        for connection in range(CONNECTIONS):
            try:
                with make_target().connect(image, self._log(spec, image)) as session:
                    set_up(session)
                    self._measure(spec, session, cells)
                return
            except (WrongFirmware, Interrupted) as error:
                self._fail(cells, "measure", error)
                return
            except LinkError as error:
                if connection + 1 == CONNECTIONS:
                    self._fail(cells, "measure", error)
            except HarnessError as error:
                self._fail(cells, "measure", error)
                return

    def _log(self, spec: TargetSpec, image: Image) -> Path:
        return self._project.logs / f"run-{self._run_id}-{spec.name}-{image.build_id}.log"

    def _make_target(
        self,
        spec: TargetSpec,
        cells: Sequence[Cell],
        *,
        layered: bool = False,
        upload: Callable[[str], None] | None = None,
        macros: Mapping[str, str] | None = None,
    ) -> Target:
        models = [cell.workload.compiled for cell in cells]
        return attach(
            spec,
            models,
            self._project,
            ports=self._ports,
            power=self._power,
            layered=layered,
            macros=macros,
            wait_s=self._wait_s,
            upload=upload,
        )

    def _build(self, spec: TargetSpec, cells: Sequence[Cell], shown: Sequence[Cell]) -> Image:
        self._check_stop()
        for cell in shown:
            self._on_event(Event(cell.key, "build"))
        return self._builder.build(spec, [cell.workload.compiled for cell in cells])

    def _measure(self, spec: TargetSpec, session: Session, cells: Sequence[Cell]) -> None:
        hello = session.hello(within_s=5)
        models = session.models(hello.models)
        check_table(models, [cell.workload for cell in cells], spec.name)
        bracket = session.bracket()
        clock = Clock.of(spec, hello, bracket[0])
        jobs = [
            Job(
                cell.id,
                cell.workload,
                model,
                frozenset(range(len(cell.workload.inputs))) - self._store.measured_samples(cell.id),
            )
            for cell, model in zip(cells, models, strict=True)
        ]
        facts: dict[int, dict[str, Any]] = {}
        for job in jobs:
            cold = cold_run(session, job, clock, self._warmup)
            facts[job.cell] = {
                "counter": hello.counter,
                "counter_hz": hello.counter_hz,
                "clock_hz": hello.clock_hz,
                "free_ram": hello.free_ram,
                "bracket": clock.bracket,
                "latency_cold": None if math.isnan(cold) else cold,
                "stack_bytes": stack_depth(session, job),
            }
            if session.board:
                facts[job.cell]["board"] = session.board
        self._samples(session, jobs, clock, cells)
        for cell in cells:
            self._store.finish_cell(cell.id, facts[cell.id] | {"retries": session.retries})
            total = len(cell.workload.inputs)
            self._on_event(Event(cell.key, "ok", total, total))

    def _samples(
        self, session: Session, jobs: Sequence[Job], clock: Clock, cells: Sequence[Cell]
    ) -> None:
        rows: dict[int, list[SampleRow]] = {job.cell: [] for job in jobs}
        counts = {job.cell: len(job.workload.inputs) - len(job.samples) for job in jobs}

        def flush() -> None:
            for cell, pending in rows.items():
                if pending:
                    self._store.add_samples(cell, pending)
                    pending.clear()

        def tell() -> None:
            self._check_stop()
            for cell in cells:
                total = len(cell.workload.inputs)
                self._on_event(Event(cell.key, "measure", counts[cell.id], total))

        try:
            for result in measure(session, jobs, clock, tell):
                rows[result.cell].append(_row(result))
                counts[result.cell] += 1
                if len(rows[result.cell]) >= FLUSH_ROWS:
                    flush()
        finally:
            flush()

    def _fail(self, cells: Sequence[Cell], stage: str, error: HarnessError) -> None:
        for cell in cells:
            measured = len(self._store.measured_samples(cell.id))
            total = len(cell.workload.inputs)
            reason = str(error)
            if stage == "measure":
                reason += f"; {measured} of {total} samples were measured"
            self._store.fail_cell(cell.id, stage, reason)
            status = "refused" if stage in ("fit", "model") else "failed"
            self._on_event(Event(cell.key, status, measured, total, reason))

    def _check_stop(self) -> None:
        if self._stop.is_set():
            raise Interrupted("interrupted", hint="harness run PLAN --resume goes on")


def _with_figures(compiled: CompiledModel, figures: Sequence[LayerFigures]) -> list[dict[str, Any]]:
    """All layers, with the figures of those that are measured by themselves.

    What codegen puts before a layer (the quantisation of a hybrid one's input) counts as its part.
    """
    stages = [stage.call for stage in compiled.layered()[1]]
    measured = dict(zip(stages, figures, strict=True))
    return [
        layer | asdict(measured[step]) if step in measured else layer
        for step, layer in enumerate(_layers(compiled))
        if step in measured or layer["kernel"] == ALIAS
    ]


def _layers(compiled: CompiledModel) -> list[dict[str, Any]]:
    return [
        {
            "index": op.index,
            "kind": op.kind,
            "kernel": op.kernel,
            "macs": op.macs,
            "nonzero_macs": op.nonzero_macs,
            "reason": op.reason,
        }
        for op in compiled.ops
    ]


def _row(result: Measured) -> SampleRow:
    return SampleRow(result.sample, result.calls, result.count, result.output)
