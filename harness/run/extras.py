"""What is added to cells that ended well, in images of its own: each layer's figures, energy.

Without it a cell stays well, with the reason beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

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
from harness.run.layers import LayerFigures, measure_layers


def add_layers(context: Context, spec: TargetSpec, cell: Cell) -> None:
    """Time and parity of each layer."""

    def measured() -> dict[str, Any]:
        compiled = cell.workload.compiled
        image = FirmwareBuilder(context.project).build(spec, [compiled], layered=True)
        target = context.target(spec, [cell], layered=True)
        with target.connect(image, context.log(spec, image)) as session:
            figures = measure_layers(session, spec, cell.workload)
        return {"layers": _with_figures(compiled, figures), "layers_build_id": image.build_id}

    _add(context, cell, "layers", measured)


def add_energy(
    context: Context, spec: TargetSpec, cell: Cell, probe: Probe, part: EnergyPart
) -> None:
    """Energy per inference, by the probe."""

    def measured() -> dict[str, Any]:
        pin = spec.marker_pin if part.pin is None else part.pin
        macros = {"IMAGE_MARKER_PIN": str(pin)}
        builder = FirmwareBuilder(context.project, macros=macros)
        image = builder.build(spec, [cell.workload.compiled])
        target = context.target(spec, [cell], macros=macros)
        with target.connect(image, context.log(spec, image)) as session:
            found = measure_energy(session, cell.workload, probe, part)
        return {"energy": asdict(found) | {"probe": probe.title}}

    _add(context, cell, "energy", measured)


def _add(context: Context, cell: Cell, stage: str, measured: Callable[[], dict[str, Any]]) -> None:
    """Put what `measured` finds, or why it does not, beside a cell that ended well."""
    if context.store.cell(cell.id).status != "ok":
        return
    context.tell(cell, stage)
    try:
        context.check_stop()
        facts = measured()
    except Interrupted:
        return
    except HarnessError as error:
        facts = {f"{stage}_reason": str(error)}
    context.put(cell, facts)
    context.tell(cell, "ok")


def layer_facts(compiled: CompiledModel) -> list[dict[str, Any]]:
    """What is known of each layer before it is measured."""
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


def _with_figures(compiled: CompiledModel, figures: Sequence[LayerFigures]) -> list[dict[str, Any]]:
    """All layers, with the figures of those that are measured by themselves.

    What codegen puts before a layer (the quantisation of a hybrid one's input) counts as its part.
    """
    stages = [stage.call for stage in compiled.layered()[1]]
    measured = dict(zip(stages, figures, strict=True))
    return [
        layer | asdict(measured[step]) if step in measured else layer
        for step, layer in enumerate(layer_facts(compiled))
        if step in measured or layer["kernel"] == ALIAS
    ]
