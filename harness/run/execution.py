"""A run over all targets, side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from harness.boards.catalogue import TargetSpec
from harness.plan.energy import EnergyPart
from harness.project import Project
from harness.results.engines import CODEGEN
from harness.run.cells import Cell, Event
from harness.run.context import Context
from harness.run.extras import layer_facts
from harness.run.target_run import TargetRun
from harness.store import CellKey, Store
from harness.tflm.engine import TflmEngine
from harness.workload.workload import Workload


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
        self._context = Context(
            project=project,
            store=store,
            run_id=run_id,
            warmup=warmup,
            ports=ports,
            power=power or {},
            wait_s=wait_s,
            on_event=on_event,
        )
        self._layers = layers
        self._energy = energy or {}
        self._engines = engines
        self._tflm = tflm or TflmEngine(project, None)

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
        left = {
            spec: [cell for cell in cells if cell.key not in done] for spec, cells in queues.items()
        }
        for cell in (each for cells in left.values() for each in cells):
            self._context.tell(cell, "waiting")
        # A thread a target: boards wait for their serial lines, and simulators for theirs.
        pool = ThreadPoolExecutor(max_workers=max(1, len(left)))
        futures = [pool.submit(self._target(spec).run, cells) for spec, cells in left.items()]
        try:
            for future in futures:
                future.result()
        except BaseException:
            self._context.stop.set()
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def _target(self, spec: TargetSpec) -> TargetRun:
        return TargetRun(
            self._context,
            spec,
            tflm=self._tflm,
            layers=self._layers,
            energy=self._energy.get(spec.name),
        )

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
                "layers": layer_facts(workload.compiled),
            }
        id_ = self._context.store.put_cell(self._context.run_id, key, facts=facts)
        return Cell(key, id_, workload)
