"""Time and outputs of each operator under TensorFlow Lite Micro, by the library's profiler.

Times come from an image with the arena of the measured one, outputs from a second one whose
interpreter keeps all tensors. The cost of an empty event, measured on the device, is subtracted.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace

import numpy as np

from harness.boards.catalogue import TargetSpec
from harness.codegen import Graph, OpInfo, read_model
from harness.codegen.graph import Operator
from harness.errors import HarnessError, ImplausibleFigure
from harness.link.session import Session
from harness.measure.parity import compare_outputs
from harness.run.cells import Cell, Interrupted
from harness.run.context import Context
from harness.run.layers import REPEATS, SHRINKS, SLACK, check_layers, first_count
from harness.run.measurement import Clock
from harness.store import CellFacts, LayerFacts
from harness.tflm.engine import TflmEngine, prepare
from harness.tflm.model import Layers, TflmModel
from harness.workload.reference import run_reference_tensors
from harness.workload.workload import Workload


@dataclass(frozen=True)
class TflmLayers:
    """Measures the operators of one cell."""

    context: Context
    spec: TargetSpec
    tflm: TflmEngine

    def facts(self, cell: Cell) -> CellFacts:
        """Return the figures of every operator. Raises as `TflmEngine.fit_arena`.

        Where outputs cannot be read, as all tensors together do not fit, times stand alone and
        `layers_reason` tells why.
        """
        model = TflmModel.of(cell.workload.facts, cell.workload.tflite)
        graph = read_model(cell.workload.tflite)
        count = len(graph.operators)
        fitted = self.tflm.fit_arena(
            self.spec, model, lambda image: self.context.connect(self.spec, image)
        )
        image, arena = self.tflm.layered_image(self.spec, model, Layers(count), fitted.arena_bytes)
        with self.context.connect(self.spec, image) as session:
            prepare(session, arena)
            sizes = [cell.workload.facts.output.bytes] * count
            counts = self._counts(session, cell.workload, sizes, first_count(self.context, cell))
        layers = tuple(
            _layer(operator, ticks, cell.workload)
            for operator, ticks in zip(graph.operators, counts, strict=True)
        )
        reason = None
        try:
            layers = self._with_outputs(cell.workload, model, graph, layers, arena)
        except Interrupted:
            raise
        except HarnessError as error:
            reason = f"outputs of the layers are not known: {error}"
        return CellFacts(layers=layers, layers_build_id=image.build_id, layers_reason=reason)

    def _counts(
        self, session: Session, workload: Workload, sizes: list[int], whole: float | None
    ) -> list[float | None]:
        """Return each operator's count for the first sample, the least of some inferences."""
        clock = self._begin(session, workload, sizes)
        if self.spec.timing_kind == "host-clock":  # its clock is too coarse
            return [None] * len(sizes)
        runs = [
            [clock.count(session.run(index, 0).ticks) for index in range(len(sizes))]
            for _ in range(REPEATS)
        ]
        counts = [min(each) for each in zip(*runs, strict=True)]
        slack = SLACK[self.spec.latency_unit]
        if whole is not None and sum(counts) > whole * (1 + SHRINKS) + slack:
            raise ImplausibleFigure(
                f"the operators take {sum(counts):,.0f} {self.spec.latency_unit} together, the "
                f"model {whole:,.0f}",
                where=self.spec.name,
            )
        return list(counts)

    def _with_outputs(
        self,
        workload: Workload,
        model: TflmModel,
        graph: Graph,
        layers: tuple[LayerFacts, ...],
        arena_bytes: int,
    ) -> tuple[LayerFacts, ...]:
        """Return the layers with the difference of their outputs from the authority's."""
        tensors = [graph.tensors[operator.outputs[0]] for operator in graph.operators]
        kept = Layers(len(tensors), tuple((tensor.index, tensor.bytes) for tensor in tensors))
        image, arena = self.tflm.layered_image(self.spec, model, kept, arena_bytes)
        with self.context.connect(self.spec, image) as session:
            prepare(session, arena)
            self._begin(session, workload, [tensor.bytes for tensor in tensors])
            outputs = [session.run(index, 0).data for index in range(len(tensors))]
        chosen = None if workload.chosen is None else workload.chosen.authority
        reference = run_reference_tensors(workload.tflite, workload.inputs[0], chosen)
        found = []
        for layer, tensor, output in zip(layers, tensors, outputs, strict=True):
            wanted = reference[tensor.index].reshape(1, -1)
            parity = compare_outputs(np.frombuffer(output, wanted.dtype).reshape(1, -1), wanted)
            digest = f"{zlib.crc32(output):08x}"
            found.append(
                replace(layer, max_lsb=parity.max_lsb, max_abs=parity.max_abs, output=digest)
            )
        return tuple(found)

    def _begin(self, session: Session, workload: Workload, sizes: list[int]) -> Clock:
        """Check the image, send the first sample; return the clock less an empty event."""
        hello = session.hello(within_s=5)
        check_layers(session, hello.models, workload.facts.crc32, sizes, self.spec.name)
        clock = Clock.of(self.spec, hello, session.bracket()[0])
        session.send_sample(0, 0, np.ascontiguousarray(workload.inputs[0]).tobytes())
        return clock


def _layer(operator: Operator, count: float | None, workload: Workload) -> LayerFacts:
    """Return an operator's facts; its multiply-adds as codegen counts them, where it does."""
    ops: tuple[OpInfo, ...] = () if workload.code is None else workload.code.ops
    same = next((op for op in ops if (op.index, op.kind) == (operator.index, operator.kind)), None)
    return LayerFacts(
        index=operator.index,
        kind=operator.kind,
        kernel="TFLM",
        macs=None if same is None else same.macs,
        nonzero_macs=None if same is None else same.nonzero_macs,
        count=count,
    )
