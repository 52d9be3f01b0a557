"""A run over all targets, side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from harness import children
from harness.boards.catalogue import TargetSpec
from harness.project import Project
from harness.results.engines import CODEGEN
from harness.run.cells import Cell, Event, target_facts
from harness.run.context import Context
from harness.run.extras import layer_facts
from harness.run.settings import RunSettings
from harness.run.target_run import TargetRun
from harness.store import CellKey, Stage, Store
from harness.workload.workload import Workload


class Execution:
    """One run over all targets."""

    def __init__(
        self,
        project: Project,
        store: Store,
        run_id: int,
        settings: RunSettings,
        on_event: Callable[[Event], None],
    ) -> None:
        self._context = Context(project, store, run_id, settings, on_event)

    def run(
        self,
        workloads: Sequence[Workload],
        targets: Sequence[TargetSpec],
        done: frozenset[CellKey] = frozenset(),
    ) -> None:
        """Measure every workload on every target except the cells in `done`.

        Failures are written into their cells. Ctrl-C stops all devices and is raised again.
        """
        settings = self._context.settings
        for_core = {
            core: [workload.for_core(core, settings.prefer) for workload in workloads]
            for core in {spec.core for spec in targets}
        }
        first: dict[tuple[str, str], str] = {}
        for workload in workloads:
            first.setdefault((workload.variant, workload.sha256), workload.dtype)
        queues = {
            spec: [
                self._cell(spec, each, engine, first[each.variant, each.sha256], done)
                for each in for_core[spec.core]
                for engine in settings.engines
            ]
            for spec in targets
        }
        for cell in (each for cells in queues.values() for each in cells):
            self._context.tell(cell, Stage.WAITING)
        # One thread per target, since each waits for its serial line.
        pool = ThreadPoolExecutor(max_workers=max(1, len(queues)))
        futures = [
            pool.submit(TargetRun(self._context, spec).run, cells) for spec, cells in queues.items()
        ]
        try:
            for future in futures:
                future.result()
        except BaseException:
            self._context.stop.set()
            children.stop_runs()
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def _cell(
        self,
        spec: TargetSpec,
        workload: Workload,
        engine: str,
        first_dtype: str,
        done: frozenset[CellKey],
    ) -> Cell:
        key = CellKey(workload.variant, workload.dtype, engine, spec.name)
        if key in done:  # its facts are complete: those below would replace measured ones
            return Cell(
                key, self._context.store.put_cell(self._context.run_id, key), workload, True
            )
        facts = replace(
            target_facts(spec),
            inputs_saturated=workload.saturated,
            same_file_as=None if workload.dtype == first_dtype else first_dtype,
        )
        if engine == CODEGEN and workload.code is not None:
            facts = replace(
                facts,
                arena_bytes=workload.code.arena_bytes,
                weights_bytes=workload.code.const_bytes,
                layers=layer_facts(workload.code),
            )
        id_ = self._context.store.put_cell(self._context.run_id, key, facts=facts)
        return Cell(key, id_, workload)
