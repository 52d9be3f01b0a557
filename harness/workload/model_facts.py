"""Facts of a model file that hold for every engine: its name, checksum, inputs and outputs."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Protocol

from harness.codegen import CompiledModel, Graph, Interface, TensorInfo
from harness.codegen.compiled import interface, interface_refusals
from harness.codegen.write.names import c_name
from harness.errors import ModelError


class Exchanged(Protocol):
    """A model as far as its samples and answers are concerned: ModelFacts, or a compiled model."""

    @property
    def input(self) -> TensorInfo: ...  # noqa: D102
    @property
    def output(self) -> TensorInfo: ...  # noqa: D102
    @property
    def inputs(self) -> Interface: ...  # noqa: D102
    @property
    def outputs(self) -> Interface: ...  # noqa: D102


@dataclass(frozen=True)
class ModelFacts:
    """A model file as host and firmware exchange its samples and answers.

    `name` is a C identifier, `crc32` the file's. Offsets of the tensors are an engine's own, and 0
    here.
    """

    name: str
    crc32: int
    inputs: Interface
    outputs: Interface

    @property
    def input(self) -> TensorInfo:
        """The first input."""
        return self.inputs.first

    @property
    def output(self) -> TensorInfo:
        """The first output."""
        return self.outputs.first


def model_facts(tflite: bytes, graph: Graph, name: str) -> ModelFacts:
    """Return the facts of a file whose graph was read; `name` may be any string.

    Raises ModelError where the harness cannot feed the model or read its answers, whichever engine
    runs it.
    """
    problems = interface_refusals(graph)
    if problems:
        raise ModelError(
            f"the harness cannot feed the model or read its answers: {'; '.join(problems)}",
            where=name,
        )
    return ModelFacts(
        c_name(name),
        zlib.crc32(tflite),
        interface(graph, graph.inputs, {}),
        interface(graph, graph.outputs, {}),
    )


def facts_of(compiled: CompiledModel) -> ModelFacts:
    """Return the facts of a model that codegen compiled."""
    return ModelFacts(compiled.name, compiled.crc32, compiled.inputs, compiled.outputs)
