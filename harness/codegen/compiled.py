"""Compiler: from the bytes of a `.tflite` file to a compiled model."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from harness.codegen.calls import Call, const_bytes
from harness.codegen.choose import choose_kernels
from harness.codegen.cores import GENERIC, Core, core_named
from harness.codegen.graph import Graph, Tensor
from harness.codegen.interface import TYPES, Interface, TensorInfo, indexed_rows
from harness.codegen.passes.bands import with_bands
from harness.codegen.passes.dead_channels import left_out, without_dead_channels
from harness.codegen.passes.fuse import fuse
from harness.codegen.passes.memory import MemoryPlan, plan_memory
from harness.codegen.passes.prepare import prepared
from harness.codegen.passes.scratch import with_scratch
from harness.codegen.passes.variable_copies import without_copies
from harness.codegen.prefer import BALANCED, Prefer
from harness.codegen.reader import read_model
from harness.codegen.write.header import ends_layer, layered_header, model_header
from harness.codegen.write.names import c_name
from harness.codegen.write.reset import initial_bytes
from harness.errors import ModelError

# Larger arenas fit no board, and the uint32_t of an engine_model only just.
_ARENA_MAX = 1 << 30
_RANK_MAX = 6  # of inputs and outputs
_QUANTISED = ("int8", "uint8", "int16")


@dataclass(frozen=True)
class OpInfo:
    """One operator with its kernels and multiply-accumulates.

    Operators that one kernel computes together are listed at the first of them.
    """

    index: int
    kind: str
    kernel: str  # "none" where nothing is executed
    output_shape: tuple[int, ...]
    macs: int  # of all taps, padding included
    nonzero_macs: int  # of the taps whose weight is not zero
    reason: str = ""  # comparison of the kernels, "" where there was no choice


@dataclass(frozen=True)
class Stage:
    """The end of a layer in the layered header."""

    op: OpInfo
    call: int  # `run<call>` runs all layers up to this one
    tensor: int  # the output's index in the file
    bytes: int
    offset: int  # of the output in the arena, bytes


@dataclass(frozen=True)
class CompiledModel:
    """A model as C code."""

    name: str
    header: str = field(repr=False)  # the text of model_<name>.h
    crc32: int  # of the .tflite file
    arena_bytes: int
    const_bytes: int  # flash bytes of weights, biases, tables and parameter structs
    inputs: Interface
    outputs: Interface
    ops: tuple[OpInfo, ...] = field(repr=False)
    tensor_offsets: dict[int, int] = field(repr=False)  # arena offsets, by activation tensor
    prefer: Prefer  # of the choice between dense and sparse kernels
    _source: tuple[Graph, tuple[Call, ...], MemoryPlan, Core] = field(repr=False, compare=False)

    @property
    def input(self) -> TensorInfo:
        """The first input."""
        return self.inputs.first

    @property
    def output(self) -> TensorInfo:
        """The first output."""
        return self.outputs.first

    @property
    def single(self) -> bool:
        """True of a model with one input and one output."""
        return self.inputs.single and self.outputs.single

    def require_single(self, what: str) -> None:
        """Raise ModelError, for `what`, of a model with several inputs or outputs."""
        if not self.single:
            raise ModelError(
                f"{what} takes models with one input and one output, this one has "
                f"{len(self.inputs)} and {len(self.outputs)}",
                where=self.name,
                hint="`harness bench` runs it",
            )

    @property
    def graph(self) -> Graph:
        """The model after the graph passes."""
        return self._source[0]

    @property
    def core(self) -> Core:
        """The core that the header was written for."""
        return self._source[3]

    @property
    def calls(self) -> tuple[Call, ...]:
        """Kernel calls, one for each operator, in the order of `ops`."""
        return self._source[1]

    @property
    def scratch_offsets(self) -> dict[int, int]:
        """Arena offsets of scratch memory, by position in `calls`."""
        return self._source[2].scratch

    def renamed(self, name: str) -> CompiledModel:
        """Return the same model under another C name."""
        return replace(self, name=name, header=model_header(name, *self._source))

    def layered(self) -> tuple[str, tuple[Stage, ...]]:
        """Return a header with one function for each layer, and the layers' outputs.

        See `header.layered_header`. Stages are in execution order. Operators without a
        kernel have no stage; operators that codegen adds (`hybrid`) belong to the stage of
        the file's operator.
        """
        graph, calls, plan, _ = self._source
        stages = tuple(
            Stage(
                op, index, call.output, graph.tensors[call.output].bytes, plan.offsets[call.output]
            )
            for index, (op, call) in enumerate(zip(self.ops, calls, strict=True))
            if ends_layer(graph, call)
        )
        return layered_header(self.name, *self._source), stages


def compile_model(
    data: bytes,
    name: str,
    *,
    keep_all: bool = False,
    core: str = GENERIC,
    prefer: Prefer = BALANCED,
) -> CompiledModel:
    """Compile a `.tflite` file to a C header.

    `name` may be any string. `keep_all` gives every tensor its own memory, so that all can be
    read after a run; it disables fusing. `core` (a name in `cores`) decides on dense or sparse
    kernels (with `prefer`), the layout of weights, the size of scratch memory and fusing. The
    header does not compile for a core that needs more. Code for the generic core runs everywhere.
    Raises InputError for an unknown core, ModelError for a malformed file and for operators that
    the engine cannot run (all of them in one message).
    """
    return compile_graph(
        read_model(data), name, zlib.crc32(data), keep_all=keep_all, core=core, prefer=prefer
    )


def compile_graph(
    graph: Graph,
    name: str,
    crc32: int,
    *,
    keep_all: bool = False,
    core: str = GENERIC,
    prefer: Prefer = BALANCED,
) -> CompiledModel:
    """Compile a file's graph, or one made from it, as `compile_model`; `crc32` identifies it."""
    kind = core_named(core)
    try:
        graph, calls, plan = lowered(graph, core, keep_all=keep_all, prefer=prefer)
    except ModelError as error:
        raise ModelError(error.what, where=name, hint=error.hint) from None
    identifier = c_name(name)
    return CompiledModel(
        name=identifier,
        header=model_header(identifier, graph, calls, plan, kind),
        crc32=crc32,
        arena_bytes=plan.arena_bytes,
        const_bytes=const_bytes(calls) + initial_bytes(graph),
        inputs=interface(graph, graph.inputs, plan.offsets),
        outputs=interface(graph, graph.outputs, plan.offsets),
        ops=tuple(
            OpInfo(
                index=operator.index,
                kind=operator.kind,
                kernel=call.kernels,
                output_shape=graph.tensors[operator.outputs[0]].shape,
                macs=call.macs,
                nonzero_macs=call.nonzero_macs,
                reason=call.reason,
            )
            for operator, call in zip(graph.operators, calls, strict=True)
        ),
        tensor_offsets=plan.offsets,
        prefer=prefer,
        _source=(graph, calls, plan, kind),
    )


def lowered(
    graph: Graph, core: str, *, keep_all: bool = False, prefer: Prefer = BALANCED
) -> tuple[Graph, tuple[Call, ...], MemoryPlan]:
    """Return a file's graph after all passes, its calls and their memory, as they are built.

    Raises InputError, ModelError as `compile_model`.
    """
    core_named(core)
    graph = prepared(graph, keep_all=keep_all)
    calls = choose_kernels(graph, core, refusals=interface_refusals(graph), prefer=prefer)
    if not keep_all:
        graph, calls = _without_dead_channels(graph, calls, core, prefer)
        calls = fuse(graph, calls, core)
    calls = tuple(with_scratch(call, core) for call in calls)
    if not keep_all:
        calls = without_copies(graph, with_bands(graph, calls, core))
    plan = plan_memory(graph, calls, keep_all=keep_all)
    if plan.arena_bytes > _ARENA_MAX:
        raise ModelError(f"the model needs an arena of {plan.arena_bytes} bytes")
    return graph, calls, plan


def _without_dead_channels(
    graph: Graph, calls: tuple[Call, ...], core: str, prefer: Prefer
) -> tuple[Graph, tuple[Call, ...]]:
    """Return the smaller graph and its calls; MACs stay those of the file."""
    smaller = without_dead_channels(graph)
    if smaller is graph:
        return graph, calls
    return smaller, tuple(
        replace(
            call,
            macs=before.macs,
            nonzero_macs=before.nonzero_macs,
            reason="; ".join(filter(None, [call.reason, left_out(graph, smaller, step)])),
        )
        for step, (call, before) in enumerate(
            zip(choose_kernels(smaller, core, prefer=prefer), calls, strict=True)
        )
    )


def interface_refusals(graph: Graph) -> list[str]:
    """Return what no engine's samples or answers can be exchanged for."""
    found = [f"no {kind}" for kind in ("inputs", "outputs") if not getattr(graph, kind)]
    computed = set(graph.activations())
    for index in dict.fromkeys((*graph.inputs, *graph.outputs)):
        tensor = graph.tensors[index]
        where = f"tensor {tensor.index} ({tensor.name[:80]}) as input or output"
        quantisation = tensor.quantisation
        if tensor.dtype not in TYPES:
            found.append(f"{where}: {tensor.dtype} instead of {', '.join(TYPES)}")
        elif quantisation is not None and len(quantisation.scales) > 1:
            found.append(f"{where}: {len(quantisation.scales)} scales instead of one")
        elif len(tensor.shape) > _RANK_MAX:
            found.append(f"{where}: {len(tensor.shape)} dimensions, up to {_RANK_MAX} are taken")
        elif index not in computed:
            found.append(f"{where}: a constant, which no run computes")
    if len(set(graph.inputs)) < len(graph.inputs):
        found.append("a tensor that is an input twice")
    return found


def interface(graph: Graph, indexes: Sequence[int], offsets: Mapping[int, int]) -> Interface:
    """Return the inputs or outputs of a graph that lie at `offsets` in an arena, else at 0."""
    return Interface(
        tuple(tensor_info(graph, graph.tensors[i], offsets.get(i, 0)) for i in indexes)
    )


def tensor_info(graph: Graph, tensor: Tensor, offset: int) -> TensorInfo:
    """Return an input or output of a model that lies at `offset` in its arena."""
    quantised = tensor.dtype in _QUANTISED and tensor.quantisation
    quantisation = tensor.quantisation if quantised else None
    return TensorInfo(
        name=tensor.name,
        dtype=tensor.dtype,
        shape=tensor.shape,
        scale=quantisation.scales[0] if quantisation else None,
        zero_point=quantisation.zero_points[0] if quantisation else None,
        bytes=tensor.bytes,
        offset=offset,
        rows=indexed_rows(graph, tensor.index),
    )
