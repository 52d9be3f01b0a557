"""Layers and energy: figures with an image of their own, for cells that ended well.

Where they fail, the cell stays ok, with the reason beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace

from harness.boards.catalogue import TargetSpec
from harness.codegen import CompiledModel
from harness.codegen.calls import ALIAS
from harness.energy.measuring import measure_energy
from harness.energy.probe import Probe
from harness.errors import HarnessError
from harness.firmware.builder import FirmwareBuilder
from harness.plan.energy import EnergyPart
from harness.run.cells import Cell, Interrupted
from harness.run.context import Context
from harness.run.layers import LayerFigures, first_count, measure_layers
from harness.run.tflm_layers import TflmLayers
from harness.store import CellFacts, EnergyFacts, LayerFacts, Stage
from harness.tflm.engine import TflmEngine


def add_layers(context: Context, spec: TargetSpec, cell: Cell, builder: FirmwareBuilder) -> None:
    """Measure time and parity of each layer, unless a run that is resumed has done so."""
    if _has_layers(context, cell):
        return

    def measured() -> CellFacts:
        compiled = cell.workload.compiled
        image = builder.build(spec, [compiled], layered=True)
        with context.connect(spec, image) as session:
            figures = measure_layers(session, spec, cell.workload, first_count(context, cell))
        return CellFacts(layers=_with_figures(compiled, figures), layers_build_id=image.build_id)

    _add(context, cell, Stage.LAYERS, measured, lambda why: CellFacts(layers_reason=why))


def add_tflm_layers(context: Context, spec: TargetSpec, cell: Cell, tflm: TflmEngine) -> None:
    """The same of a cell of TensorFlow Lite Micro."""
    if _has_layers(context, cell):
        return
    layers = TflmLayers(context, spec, tflm)

    def measured() -> CellFacts:
        return layers.facts(cell)

    _add(context, cell, Stage.LAYERS, measured, lambda why: CellFacts(layers_reason=why))


def _has_layers(context: Context, cell: Cell) -> bool:
    return any(layer.error is not None for layer in context.store.cell(cell.id).facts.layers)


def add_energy(
    context: Context, spec: TargetSpec, cell: Cell, probe: Probe, part: EnergyPart
) -> None:
    """Measure the energy per inference by the probe, unless a run that is resumed has done so."""
    if context.store.cell(cell.id).facts.energy is not None:
        return

    def measured() -> CellFacts:
        pin = spec.marker_pin if part.pin is None else part.pin
        builder = FirmwareBuilder(
            context.project,
            macros={"IMAGE_MARKER_PIN": str(pin)},
            library=context.settings.engine,
        )
        image = builder.build(spec, [cell.workload.compiled])
        with context.connect(spec, image) as session:
            found = measure_energy(session, cell.workload, probe, part)
        return CellFacts(energy=EnergyFacts(**asdict(found), probe=probe.title))

    _add(context, cell, Stage.ENERGY, measured, lambda why: CellFacts(energy_reason=why))


def _add(
    context: Context,
    cell: Cell,
    stage: Stage,
    measured: Callable[[], CellFacts],
    failed: Callable[[str], CellFacts],
) -> None:
    """Add the facts `measured` to a cell that ended well, or those of `failed` with the reason."""
    if context.store.cell(cell.id).status != "ok":
        return
    cell = replace(cell, done=False)  # these figures are what is missing of it
    context.tell(cell, stage)
    try:
        context.check_stop()
        with context.settings.trace.span(stage, cell.key.target, cell.key.variant):
            facts = measured()
    except Interrupted:
        return
    except HarnessError as error:
        facts = failed(str(error))
    context.put(cell, facts)
    context.tell(cell, "ok")


def layer_facts(compiled: CompiledModel) -> tuple[LayerFacts, ...]:
    """Return the facts of each layer that are known before it is measured."""
    return tuple(
        LayerFacts(
            index=op.index,
            kind=op.kind,
            kernel=op.kernel,
            macs=op.macs,
            nonzero_macs=op.nonzero_macs,
            reason=op.reason,
        )
        for op in compiled.ops
    )


def _with_figures(
    compiled: CompiledModel, figures: Sequence[LayerFigures]
) -> tuple[LayerFacts, ...]:
    """Return all layers, with the figures of the measured ones.

    Steps that codegen puts before a layer (quantisation of a hybrid layer's input) are part of it.
    """
    stages = [stage.call for stage in compiled.layered()[1]]
    measured = dict(zip(stages, figures, strict=True))
    return tuple(
        replace(layer, **asdict(measured[step])) if step in measured else layer
        for step, layer in enumerate(layer_facts(compiled))
        if step in measured or layer.kernel == ALIAS
    )
