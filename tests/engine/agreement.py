"""Compares generated code with TFLite's reference kernels, tensor by tensor."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from harness.codegen import CompiledModel, compile_model, read_model
from harness.codegen.cores import GENERIC
from harness.codegen.graph import Graph
from harness.measure.parity import by_output
from harness.workload.choice import Candidate, rank_all
from harness.workload.model_facts import model_facts
from harness.workload.random_samples import random_samples
from harness.workload.reference import Job, readable, run_jobs
from tests.engine.device import Device, tensor_at

FLOAT_TOLERANCE = 1e-6  # of the greatest magnitude in the tensor, at least of 1
# where a tensor comes back as an input, step after step, and errors with it
RECURRENT_TOLERANCE = 1e-5


def random_inputs(data: bytes, count: int, seed: int) -> Any:
    """Inputs (count, *sample_shape): the whole range of an integer type, or standard normal.

    Those of several inputs, or of another type, are `random_samples`.
    """
    rng = np.random.default_rng(seed)
    graph = read_model(data)
    source = graph.tensors[graph.inputs[0]]
    if len(graph.inputs) > 1 or source.dtype in ("bool", "int32"):
        return random_samples(model_facts(data, graph, "m").inputs, count, rng)
    shape = (count, *source.sample_shape)
    if source.dtype != "float32":
        limits = np.iinfo(source.dtype)
        return rng.integers(limits.min, limits.max, shape, dtype=source.dtype, endpoint=True)
    return rng.normal(size=shape).astype(np.float32)


def check_agreement(
    models: Sequence[tuple[str, bytes, Any]],
    objects: list[Path],
    folder: Path,
    core: str = GENERIC,
) -> None:
    """For every (label, file, inputs): all outputs, and all tensors of the last input, agree.

    The planned arena is checked by the outputs, the kernels by a build that keeps all tensors;
    `core` is the one whose kernels are chosen. Integers are equal; where this Python has no runtime
    that rounds as the engine does, they may be off by that runtime's own rounding. The inputs of a
    model with states are a sequence.
    """
    files = [data for _, data, _ in models]
    planned = [compile_model(data, f"planned_{i}", core=core) for i, data in enumerate(files)]
    kept = [
        compile_model(data, f"kept_{i}", keep_all=True, core=core) for i, data in enumerate(files)
    ]
    graphs = [read_model(data) for _, data, _ in models]
    jobs = [
        Job(data, inputs, readable(graph), len(inputs) if graph.states() else 1)
        for (_, data, inputs), graph in zip(models, graphs, strict=True)
    ]
    expected = run_jobs(jobs, timeout_s=120)
    rounding = [ranked[0] for ranked in rank_all(graphs)]
    device = Device.build([*planned, *kept], objects, folder)
    work, going_on = [], set()
    for i, (job, graph) in enumerate(zip(jobs * 2, graphs * 2, strict=True)):
        last_only = i >= len(jobs) and not graph.states()
        for k, x in enumerate(job.inputs[-1:] if last_only else job.inputs):
            if graph.states() and k:
                going_on.add(len(work))
            work.append((i, x))
    arenas = iter(device.run(work, going_on))
    for (label, _, inputs), model, graph, want, best in zip(
        models, planned, graphs, expected, rounding, strict=True
    ):
        for i in range(len(inputs)):
            place = f"{label}: input {i}"
            _compare_outputs(place, next(arenas), model, graph, want.outputs[i : i + 1], best)
    for (label, _, _), model, graph, want, best in zip(
        models, kept, graphs, expected, rounding, strict=True
    ):
        for _ in inputs if graph.states() else inputs[-1:]:
            arena = next(arenas)
        for index, values in want.tensors.items():
            if index not in model.tensor_offsets:  # folded, or inside a dilated convolution
                assert index not in graph.outputs
                continue
            got = tensor_at(arena, model, model.graph, index)
            _compare(f"{label}: tensor {index}", got, values, _tolerance(graph), best)


def _compare_outputs(
    label: str, arena: bytes, model: CompiledModel, graph: Graph, wanted: Any, best: Candidate
) -> None:
    for index, values in zip(graph.outputs, by_output(wanted).values(), strict=True):
        got = tensor_at(arena, model, graph, index)
        _compare(f"{label}: output {index}", got, values[0], _tolerance(graph), best)


def _tolerance(graph: Graph) -> float:
    return RECURRENT_TOLERANCE if graph.states() else FLOAT_TOLERANCE


def _compare(label: str, got: Any, want: Any, tolerance: float, best: Candidate) -> None:
    want = want.reshape(got.shape)
    assert got.dtype == want.dtype, label
    if want.dtype == np.float32:
        limit = tolerance * max(1.0, float(np.abs(want).max()))
        np.testing.assert_allclose(
            got, want, rtol=0, atol=limit + best.tolerance_abs, err_msg=label
        )
    else:
        wide = got.astype(np.int64), want.astype(np.int64)
        np.testing.assert_allclose(*wide, rtol=0, atol=best.tolerance_lsb, err_msg=label)
