"""`harness inspect`: layers, kernels and memory plan of a model; nothing is built or run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from harness.codegen import CompiledModel
from harness.codegen.prefer import BALANCED, Prefer
from harness.workload.model_file import compile_file


@dataclass(frozen=True)
class Layer:
    """One operator and its kernel ("none": its output is its input's memory)."""

    index: int
    kind: str
    input_shapes: tuple[tuple[int, ...], ...]
    output_shape: tuple[int, ...]
    dtype: str
    macs: int  # padding and zeros included
    nonzero_macs: int  # of weights that are not zero
    kernel: str
    reason: str
    time: float | None  # modelled, in `time_unit`; None without a cost model
    time_unit: str
    const_bytes: int


@dataclass(frozen=True)
class TensorLife:
    """A tensor in the arena at bytes [offset, offset + bytes), alive in steps first to last.

    Step k is the run of layer k. The model's input is alive from step -1, its output until the
    step after the last layer.
    """

    tensor: int | None  # index in the file, None for scratch memory of a kernel
    name: str
    dtype: str
    shape: tuple[int, ...]
    offset: int
    bytes: int
    first: int
    last: int


@dataclass(frozen=True)
class Step:
    """Memory while one layer runs."""

    layer: int
    live_bytes: int  # bytes in use; shared bytes count once


@dataclass(frozen=True)
class Inspection:
    """Everything that `harness inspect` shows; sizes in bytes."""

    model: str
    core: str
    file_bytes: int
    const_bytes: int
    arena_bytes: int
    macs: int
    nonzero_macs: int
    layers: tuple[Layer, ...]
    tensors: tuple[TensorLife, ...]
    steps: tuple[Step, ...]
    peak: Step  # the step that needs the most memory


def inspect_file(path: Path, core: str, prefer: Prefer = BALANCED) -> Inspection:
    """Read and compile a model for a core (a TargetSpec's). Raises InputError, ModelError."""
    tflite, compiled = compile_file(path, core, prefer)
    lives = tuple(_lives(compiled))
    steps = tuple(
        Step(index, _covered([life for life in lives if life.first <= index <= life.last]))
        for index in range(len(compiled.ops))
    )
    return Inspection(
        model=compiled.name,
        core=core,
        file_bytes=len(tflite),
        const_bytes=compiled.const_bytes,
        arena_bytes=compiled.arena_bytes,
        macs=sum(op.macs for op in compiled.ops),
        nonzero_macs=sum(op.nonzero_macs for op in compiled.ops),
        layers=tuple(_layers(compiled)),
        tensors=lives,
        steps=steps,
        peak=max(steps, key=lambda step: step.live_bytes),
    )


def _layers(compiled: CompiledModel) -> Iterator[Layer]:
    tensors = compiled.graph.tensors
    for op, call in zip(compiled.ops, compiled.calls, strict=True):
        yield Layer(
            index=op.index,
            kind=op.kind,
            input_shapes=tuple(tensors[index].shape for index in call.inputs),
            output_shape=op.output_shape,
            dtype=tensors[call.output].dtype,
            macs=op.macs,
            nonzero_macs=op.nonzero_macs,
            kernel=op.kernel,
            reason=op.reason,
            time=call.time,
            time_unit=call.time_unit,
            const_bytes=call.const_bytes,
        )


def _lives(compiled: CompiledModel) -> Iterator[TensorLife]:
    """Return the tensors in the order in which their lives begin."""
    graph, calls = compiled.graph, compiled.calls
    first = dict.fromkeys((*graph.inputs, *graph.states()), -1)
    last = dict.fromkeys(graph.inputs, -1)
    for step, call in enumerate(calls):
        first.setdefault(call.output, step)
        last |= dict.fromkeys((*call.inputs, call.output), step)
    last |= dict.fromkeys((*graph.outputs, *graph.states()), len(calls))
    for index, step in first.items():
        tensor = graph.tensors[index]
        yield TensorLife(
            tensor=index,
            name=tensor.name,
            dtype=tensor.dtype,
            shape=tensor.shape,
            offset=compiled.tensor_offsets[index],
            bytes=tensor.bytes,
            first=step,
            last=last[index],
        )
    for step, offset in sorted(compiled.scratch_offsets.items()):
        size = calls[step].scratch_bytes or 0
        yield TensorLife(
            tensor=None,
            name=f"scratch of layer {compiled.ops[step].index}",
            dtype="",
            shape=(),
            offset=offset,
            bytes=size,
            first=step,
            last=step,
        )


def _covered(lives: Sequence[TensorLife]) -> int:
    """Return the bytes of the arena that at least one of the tensors occupies."""
    total = end = 0
    for life in sorted(lives, key=lambda each: each.offset):
        stop = life.offset + life.bytes
        total += max(0, stop - max(end, life.offset))
        end = max(end, stop)
    return total


def timeline(found: Inspection, width: int) -> list[str]:
    """Return the arena over time, one line for each layer, `width` columns, a letter a tensor.

    Letters follow the order of `found.tensors`; where tensors share bytes the later one is
    shown.
    """
    rows = []
    for step in found.steps:
        row = ["·"] * width
        for letter, life in zip(letters(len(found.tensors)), found.tensors, strict=True):
            if life.first <= step.layer <= life.last:
                start = life.offset * width // found.arena_bytes
                stop = -(-(life.offset + life.bytes) * width // found.arena_bytes)
                row[start:stop] = letter * (stop - start)
        rows.append("".join(row))
    return rows


def letters(count: int) -> str:
    """Return one letter for each tensor, from A on; they repeat after z."""
    alphabet = [*map(chr, chain(range(ord("A"), ord("Z") + 1), range(ord("a"), ord("z") + 1)))]
    return "".join(alphabet[index % len(alphabet)] for index in range(count))
