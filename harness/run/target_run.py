"""All cells of one target, one after the other; the models that fit share an image."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from harness.boards.catalogue import TargetSpec
from harness.boards.doctor import require_tools
from harness.energy.probe import Probe
from harness.energy.probes import powered
from harness.errors import (
    BuildError,
    DoesNotFit,
    EnergyError,
    HarnessError,
    LinkError,
    ModelError,
    TargetError,
)
from harness.firmware.builder import FirmwareBuilder, Image
from harness.firmware.footprint import Footprint, footprint_delta
from harness.firmware.packing import Size, pack
from harness.link.session import Session
from harness.plan.energy import EnergyPart
from harness.results.engines import CODEGEN
from harness.run.cells import Cell
from harness.run.context import Context
from harness.run.extras import add_energy, add_layers
from harness.run.image_run import run_image
from harness.tflm.engine import TflmEngine, prepare
from harness.tflm.model import TflmModel


class TargetRun:
    """One target's part of a run; its errors end in the rows of its cells."""

    def __init__(
        self,
        context: Context,
        spec: TargetSpec,
        *,
        tflm: TflmEngine,
        layers: bool,
        energy: EnergyPart | None,
    ) -> None:
        self._context = context
        self._spec = spec
        self._tflm = tflm
        self._layers = layers
        self._energy = energy
        self._builder = FirmwareBuilder(context.project)

    def run(self, cells: Sequence[Cell]) -> None:
        """Measure them; `powered` feeds the board where a probe does."""
        if not cells:
            return
        try:
            with powered(self._energy) as probe:
                self._run(cells, probe)
        except EnergyError as error:
            self._context.fail(cells, "probe", error)

    def _run(self, cells: Sequence[Cell], probe: Probe | None) -> None:
        context, spec = self._context, self._spec
        try:
            require_tools(spec, context.project.root)
            base = self._build([], cells)
        except HarnessError as error:
            context.fail(cells, "build", error)
            return
        fitting: list[Cell] = []
        sizes: list[Size] = []
        for cell in cells:
            if cell.key.engine != CODEGEN:
                self._interpreted(cell, base)
                continue
            size = self._size(cell, base)
            if size is not None:
                fitting.append(cell)
                sizes.append(size)
        free = spec.ram_bytes - spec.stack_reserve - base.footprint.ram_bytes
        flash_free = spec.flash_bytes - base.footprint.flash_bytes
        for members in pack(sizes, flash_free=flash_free, ram_free=free):
            self._image([fitting[index] for index in members])
        if self._layers:
            for cell in fitting:
                add_layers(context, spec, cell)
        if probe is not None and self._energy is not None:
            for cell in fitting:
                add_energy(context, spec, cell, probe, self._energy)

    def _build(self, cells: Sequence[Cell], shown: Sequence[Cell]) -> Image:
        self._context.check_stop()
        for cell in shown:
            self._context.tell(cell, "build")
        return self._builder.build(self._spec, [cell.workload.compiled for cell in cells])

    def _size(self, cell: Cell, base: Image) -> Size | None:
        """What this model alone adds to the image without models; None where it cannot be built."""
        compiled, spec = cell.workload.compiled, self._spec
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
            alone = self._build([cell], [cell])
        except DoesNotFit as error:
            self._context.fail([cell], "fit", error)
            return None
        except HarnessError as error:
            self._context.fail([cell], "build", error)
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
        self._context.put(cell, facts | sizes)
        return delta

    def _image(self, cells: Sequence[Cell]) -> None:
        context, spec = self._context, self._spec
        try:
            image = self._build(cells, cells)
        except DoesNotFit as error:
            if len(cells) > 1:
                half = len(cells) // 2
                self._image(cells[:half])
                self._image(cells[half:])
            else:
                context.fail(cells, "fit", error)
            return
        except BuildError as error:
            context.fail(cells, "build", error)
            return
        run_image(context, spec, cells, image, lambda: context.target(spec, cells))

    def _interpreted(self, cell: Cell, base: Image) -> None:
        """Measure a cell of TFLM: its image holds one model, with the arena that this one needs."""
        context, spec = self._context, self._spec

        @contextmanager
        def connect(image: Image, upload: Callable[[str], None]) -> Iterator[Session]:
            context.check_stop()
            target = context.target(spec, [], upload=upload)
            with target.connect(image, context.log(spec, image)) as session:
                yield session

        context.tell(cell, "build")
        try:
            context.check_stop()
            model = TflmModel.of(cell.workload.compiled, cell.workload.tflite)
            placed = self._tflm.place(spec, model, connect)
        except ModelError as error:
            context.fail([cell], "model", error)
        except DoesNotFit as error:
            context.fail([cell], "fit", error)
        except (LinkError, TargetError) as error:
            context.fail([cell], "measure", error)
        except HarnessError as error:
            context.fail([cell], "build", error)
        else:
            facts = {
                "arena_bytes": placed.arena_bytes,
                "arena_used_bytes": placed.used_bytes,
                "weights_bytes": len(cell.workload.tflite),
            }
            self._put_sizes(cell, placed.image, base, facts)
            run_image(
                context,
                spec,
                [cell],
                placed.image,
                lambda: context.target(spec, [cell], upload=placed.upload),
                lambda session: prepare(session, placed.arena_bytes),
            )
