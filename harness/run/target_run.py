"""All cells of one target, one after the other; the models that fit share an image."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from harness.boards.catalogue import TargetSpec
from harness.boards.doctor import require_tools
from harness.energy.probe import Probe
from harness.energy.probes import powered
from harness.errors import BuildError, DoesNotFit, EnergyError, HarnessError, ModelError, SickBoard
from harness.firmware.builder import FirmwareBuilder, Image
from harness.firmware.fit import check_needs
from harness.firmware.footprint import Footprint, footprint_delta
from harness.firmware.packing import Size, pack
from harness.link.session import Session
from harness.results.engines import CODEGEN, TFLM
from harness.run.cells import Cell
from harness.run.context import Context
from harness.run.extras import add_energy, add_layers, add_tflm_layers
from harness.run.image_run import run_image
from harness.store import CellFacts, Stage
from harness.tflm.engine import TflmEngine, prepare
from harness.tflm.model import TflmModel


class TargetRun:
    """One target's part of a run; its errors end in the rows of its cells."""

    def __init__(self, context: Context, spec: TargetSpec) -> None:
        self._context = context
        self._spec = spec
        self._tflm = context.settings.tflm or TflmEngine(context.project, None)
        self._energy = context.settings.energy.get(spec.name)
        self._builder = FirmwareBuilder(context.project, library=context.settings.engine)
        self._sick: SickBoard | None = None  # the board is not used any more

    def run(self, cells: Sequence[Cell]) -> None:
        """Measure the cells, with power from the probe where it feeds the board."""
        extras = self._context.settings.layers or self._energy is not None
        if not cells or (all(cell.done for cell in cells) and not extras):
            return
        try:
            with powered(self._energy) as probe:
                self._run(cells, probe)
        except EnergyError as error:
            self._context.fail(cells, error)

    def _run(self, cells: Sequence[Cell], probe: Probe | None) -> None:
        context, spec = self._context, self._spec
        try:
            require_tools(spec, context.project.root)
            base = self._build([], cells)
        except HarnessError as error:
            context.fail(cells, error, Stage.BUILD)
            return
        for cell in cells:
            if cell.key.engine != CODEGEN and not cell.done:
                self._interpreted(cell, base)
        fitting: list[Cell] = []
        sizes: list[Size] = []
        for cell in (cell for cell in cells if cell.key.engine == CODEGEN):
            size = self._size(cell, base)
            if size is not None:
                fitting.append(cell)
                sizes.append(size)
        free = spec.ram_bytes - spec.stack_reserve - base.footprint.ram_bytes
        flash_free = spec.flash_bytes - base.footprint.flash_bytes
        for members in pack(sizes, flash_free=flash_free, ram_free=free):
            self._image([fitting[index] for index in members])
        if self._sick is None:
            self._extras(fitting, probe)
            self._tflm_layers(cells)

    def _extras(self, cells: Sequence[Cell], probe: Probe | None) -> None:
        """Add the figures that need an image of their own to the cells that ended well."""
        if self._context.settings.layers:
            for cell in cells:
                add_layers(self._context, self._spec, cell, self._builder)
        if probe is not None and self._energy is not None:
            for cell in cells:
                add_energy(self._context, self._spec, cell, probe, self._energy)

    def _tflm_layers(self, cells: Sequence[Cell]) -> None:
        if self._context.settings.layers:
            for cell in cells:
                if cell.key.engine == TFLM:
                    add_tflm_layers(self._context, self._spec, cell, self._tflm)

    def _build(self, cells: Sequence[Cell], shown: Sequence[Cell]) -> Image:
        self._context.check_stop()
        for cell in shown:
            self._context.tell(cell, Stage.BUILD)
        names = ", ".join(f"{cell.key.variant} {cell.key.dtype}" for cell in cells)
        with self._context.settings.trace.span("build", self._spec.name, names):
            return self._builder.build(self._spec, [cell.workload.compiled for cell in cells])

    def _size(self, cell: Cell, base: Image) -> Size | None:
        """Return the model's share of an image of its own, None where that cannot be built."""
        spec = self._spec
        try:
            compiled = cell.workload.compiled
            check_needs(spec, compiled, base.footprint)
            alone = self._build([cell], [cell])
        except HarnessError as error:
            self._context.fail([cell], error)
            return None
        delta = self._put_sizes(cell, alone, base, CellFacts())
        return Size(delta.flash_bytes, delta.ram_bytes, compiled.const_bytes)

    def _put_sizes(self, cell: Cell, alone: Image, base: Image, facts: CellFacts) -> Footprint:
        """Add `facts` and the model's sizes: its image less the one without models."""
        delta = footprint_delta(alone.footprint, base.footprint)
        sized = replace(
            facts,
            flash_bytes=delta.flash_bytes,
            ram_bytes=delta.ram_bytes,
            sections=delta.sections,
            image_flash_bytes=alone.footprint.flash_bytes,
            compiler=alone.compiler or None,
        )
        self._context.put(cell, sized)
        return delta

    def _image(self, cells: Sequence[Cell]) -> None:
        if all(cell.done for cell in cells):
            return
        if self._sick is not None:
            self._context.fail(cells, self._sick, Stage.MEASURE)
            return
        try:
            image = self._build(cells, cells)
        except (DoesNotFit, ModelError) as error:
            if len(cells) > 1:
                half = len(cells) // 2
                self._image(cells[:half])
                self._image(cells[half:])
            else:
                self._context.fail(cells, error)
            return
        except BuildError as error:
            self._context.fail(cells, error)
            return
        self._sick = run_image(self._context, self._spec, cells, image)

    def _interpreted(self, cell: Cell, base: Image) -> None:
        """Measure a cell of TFLM: one model per image, with the least arena that works."""
        context, spec = self._context, self._spec
        if self._sick is not None:
            context.fail([cell], self._sick, Stage.MEASURE)
            return

        @contextmanager
        def connect(image: Image) -> Iterator[Session]:
            context.check_stop()
            with context.connect(spec, image) as session:
                yield session

        context.tell(cell, Stage.BUILD)
        try:
            context.check_stop()
            model = TflmModel.of(cell.workload.facts, cell.workload.tflite)
            fitted = self._tflm.fit_arena(spec, model, connect)
        except HarnessError as error:
            context.fail([cell], error)
        else:
            facts = CellFacts(
                arena_bytes=fitted.arena_bytes,
                arena_used_bytes=fitted.used_bytes,
                weights_bytes=len(cell.workload.tflite),
            )
            self._put_sizes(cell, fitted.image, base, facts)
            self._sick = run_image(
                context,
                spec,
                [cell],
                fitted.image,
                lambda session: prepare(session, fitted.arena_bytes),
            )
