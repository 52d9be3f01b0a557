"""Time and outputs layer by layer, on the device.

One image holds the model once per layer, cut behind it. Neighbours differ by one layer, so the
difference of their counts is its time, and the output of each is the layer's own tensor. The code
between the counter's start and stop is that of the whole model.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from harness.boards.catalogue import TargetSpec
from harness.codegen import CompiledModel
from harness.errors import ImplausibleFigure, WrongFirmware
from harness.link.session import Session
from harness.measure.parity import Parity, compare_outputs
from harness.run.cells import Cell
from harness.run.context import Context
from harness.run.measurement import Clock
from harness.workload.reference import run_reference_tensors
from harness.workload.workload import Workload

SHRINKS = 0.02  # by which a model with one layer more may take less
ADDS_UP = 0.25  # by which all layers may differ from the uncut model
SLACK = {"us": 20.0, "cycles": 500.0, "instructions": 500.0}
REPEATS = 3  # simulators count the same each time; of a board's times the least disturbed is kept


@dataclass(frozen=True)
class LayerFigures:
    """One layer on one device: `count` in the target's latency unit.

    On `host` there is no count: its wall clock is too coarse. `max_lsb` (integer tensors) or
    `max_abs` (float) is the greatest difference of the layer's output from TFLite's reference; it
    includes errors of earlier layers. `output`: its CRC-32, hexadecimal.
    """

    index: int
    count: float | None
    max_lsb: int | None
    max_abs: float | None
    output: str | None


def measure_layers(
    session: Session, spec: TargetSpec, workload: Workload, whole: float | None = None
) -> list[LayerFigures]:
    """Return the figures of every layer for the first sample. The device runs the layered image.

    `whole`: the uncut model's count for that sample, to which the layers have to add up. Raises
    LinkError, WrongFirmware, ModelError, ReferenceFailed, ImplausibleFigure.
    """
    compiled = workload.compiled
    _, stages = compiled.layered()
    hello = session.hello(within_s=5)
    sizes = [stage.bytes for stage in stages]
    check_layers(session, hello.models, compiled.crc32, sizes, spec.name)
    clock = Clock.of(spec, hello, session.bracket()[0])
    session.send_sample(0, 0, np.ascontiguousarray(workload.inputs[0]).tobytes())
    chosen = None if workload.chosen is None else workload.chosen.authority
    reference = run_reference_tensors(workload.tflite, workload.inputs[0], chosen)
    timed = spec.timing_kind != "host-clock"
    slack = SLACK[spec.latency_unit]
    figures, before = [], 0.0
    for index, stage in enumerate(stages):
        runs = [session.run(index, 0) for _ in range(REPEATS)]
        until = min(clock.count(run.ticks) for run in runs)
        if timed and until < before * (1 - SHRINKS) - slack:
            raise ImplausibleFigure(
                f"the model cut behind layer {stage.op.index} takes {until:,.0f} "
                f"{spec.latency_unit}, cut before it {before:,.0f}",
                where=spec.name,
            )
        parity = _parity(compiled, stage.tensor, reference, runs[-1].data)
        # a concatenation is one call for each piece: its output is complete after the last
        complete = all(later.tensor != stage.tensor for later in stages[index + 1 :])
        figures.append(
            LayerFigures(
                stage.op.index,
                until - before if timed else None,
                parity.max_lsb if complete and parity else None,
                parity.max_abs if complete and parity else None,
                f"{zlib.crc32(runs[-1].data):08x}" if complete else None,
            )
        )
        before = until
    if timed and whole is not None and abs(before - whole) > ADDS_UP * whole + slack:
        raise ImplausibleFigure(
            f"the layers take {before:,.0f} {spec.latency_unit} together, the model {whole:,.0f}",
            where=spec.name,
        )
    return figures


def _parity(
    compiled: CompiledModel, tensor: int, reference: Mapping[int, np.ndarray], data: bytes
) -> Parity | None:
    """Compare a layer's output with the reference's; None of a tensor that is not in the file."""
    wanted = reference.get(tensor)
    if wanted is None:
        return None
    if tensor in compiled.graph.kept:
        wanted = wanted[..., list(compiled.graph.kept[tensor])]
    output = np.frombuffer(data, dtype=wanted.dtype).reshape(1, -1)
    return compare_outputs(output, wanted.reshape(1, -1))


def first_count(context: Context, cell: Cell) -> float | None:
    """Return the whole model's count of the first sample, None where that was not measured."""
    table = context.store.samples(cell.id)
    return float(table.counts[0]) if len(table.index) and table.index[0] == 0 else None


def check_layers(
    session: Session, held: int, crc32: int, sizes: Sequence[int], target: str
) -> None:
    """Raise WrongFirmware unless the device's table has an entry for each layer.

    `held` entries it has, `sizes` are bytes of the layers' outputs.
    """
    models = session.models(held)
    wanted = [(crc32, size) for size in sizes]
    if [(model.crc32, model.output_bytes) for model in models] != wanted:
        raise WrongFirmware(
            "the device holds other layers than expected", where=target, hint="flash it again"
        )
