"""Reference outputs, the expected answers of a device, computed by an authority.

It runs in a subprocess (`oracle.py`), one thread. States are reset before each sample, in streams
before each sequence of samples, as the firmware does it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from harness import children
from harness.codegen import Graph, read_model
from harness.codegen.graph import Tensor
from harness.codegen.interface import field_names, fits, sample_type
from harness.errors import AuthorityFailed, AuthorityMissing, ModelError, ReferenceFailed
from harness.workload.authority import Authority
from harness.workload.choice import rank_all

Array = npt.NDArray[Any]

_ORACLE = Path(__file__).with_name("oracle.py")
_MISSING = ("ImportError", "ModuleNotFoundError")
# The native part of ai-edge-litert 1.2.0 asks for an executable stack, which glibc 2.41 gives only
# to processes that are started with this. Older ones ignore it.
_TUNABLES = "glibc.rtld.execstack=2"
_HINT = "was the file converted with its own TensorFlow?"


@dataclass(frozen=True, eq=False)
class Job:
    """One model with inputs (N, ...) as in codegen/interface.py; `tensors` are wanted after the
    last input.

    Each `frames` inputs are a sequence, within which states are kept.
    """

    tflite: bytes
    inputs: Array
    tensors: tuple[int, ...] = ()
    frames: int = 1


@dataclass(frozen=True, eq=False)
class JobResult:
    """Outputs (N, ...) as in codegen/interface.py and the wanted tensors by index, all raw."""

    outputs: Array
    tensors: dict[int, Array]


def run_reference(
    tflite: bytes,
    inputs: Array,
    authority: Authority | None = None,
    *,
    frames: int = 1,
    timeout_s: float = 600,
) -> Array:
    """Return outputs (N, ...), raw, of inputs (N, ...) in the model's dtype: arrays of one tensor,
    records of several (codegen/interface.py); each `frames` of them are a sequence.

    `authority`: None chooses one by the file's operators. Raises ModelError where the file is
    malformed or the inputs do not fit it, AuthorityMissing, AuthorityFailed where the runtime
    refuses the file or crashes, ReferenceFailed where it exceeds the time.
    """
    return run_jobs([Job(tflite, inputs, (), frames)], authority, timeout_s=timeout_s)[0].outputs


def run_reference_tensors(
    tflite: bytes, one_input: Array, authority: Authority | None = None, *, timeout_s: float = 600
) -> dict[int, Array]:
    """Return every activation tensor and state by index after one input; no resource variables.

    Its shape is that of the input or of a sample; of several inputs it is a record. The errors are
    those of `run_reference`.
    """
    graph = read_model(tflite)
    like = np.empty(1, sample_type(_tensors(graph, graph.inputs)))
    if one_input.size != like.size:
        raise ModelError(f"one input of shape {one_input.shape} does not fit {like.shape[1:]}")
    wanted = readable(graph)
    job = Job(tflite, one_input.reshape(like.shape), wanted)
    return run_jobs([job], authority, timeout_s=timeout_s)[0].tensors


def readable(graph: Graph) -> tuple[int, ...]:
    """Return the activations and states that an interpreter shows: all but resource variables."""
    hidden = graph.resources()
    return (*graph.activations(), *(state for state in graph.states() if state not in hidden))


def run_jobs(
    jobs: Sequence[Job],
    authority: Authority | None = None,
    *,
    timeout_s: float = 600,
    python: str = sys.executable,
) -> list[JobResult]:
    """Run several models, those of one authority in one subprocess of `python`.

    Without a given authority, the next best one answers for a file that the best cannot run. The
    errors are those of `run_reference`.
    """
    graphs = [read_model(job.tflite) for job in jobs]
    for graph, job in zip(graphs, jobs, strict=True):
        _check_inputs(graph, job.inputs)
    if authority is not None:
        return _run(authority, jobs, timeout_s, python)
    ranked = [[each.authority for each in found] for found in rank_all(graphs)]
    chosen: dict[Authority, list[int]] = {}
    for i, (best, *_) in enumerate(ranked):
        chosen.setdefault(best, []).append(i)
    results: dict[int, JobResult] = {}
    for best, places in chosen.items():
        try:
            answers = _run(best, [jobs[i] for i in places], timeout_s, python)
        except (AuthorityFailed, AuthorityMissing):
            answers = [_first_answer(ranked[i], jobs[i], timeout_s, python) for i in places]
        results |= dict(zip(places, answers, strict=True))
    return [results[i] for i in range(len(jobs))]


def _first_answer(
    ranked: Sequence[Authority], job: Job, timeout_s: float, python: str
) -> JobResult:
    """Return the answer of the first authority that gives one; the errors are those of the best."""
    errors: list[ReferenceFailed] = []
    for authority in ranked:
        try:
            return _run(authority, [job], timeout_s, python)[0]
        except (AuthorityFailed, AuthorityMissing) as error:
            errors.append(error)
    raise errors[0]


def quantise_input(x: Array, scale: float, zero_point: int, dtype: str = "int8") -> Array:
    """Return float32 samples as int8 or int16, exactly as TFLite's Quantize.

    float32 maths, halves away from zero. NaN becomes the least value; values beyond the range are
    clamped.
    """
    limits = np.iinfo(dtype)
    rounded = _steps(x, scale, dtype)
    clamped = np.clip(rounded, limits.min - zero_point, limits.max - zero_point)
    quantised: Array = (clamped + zero_point).astype(dtype)
    return quantised


def saturated_share(x: Array, scale: float, zero_point: int, dtype: str = "int8") -> float:
    """Return the share of values that `quantise_input` clamps, from 0 to 1."""
    limits = np.iinfo(dtype)
    steps = _steps(x, scale, dtype)
    outside = (steps < limits.min - zero_point) | (steps > limits.max - zero_point)
    return float(outside.mean()) if outside.size else 0.0


def _steps(x: Array, scale: float, dtype: str) -> Array:
    """Return values in steps of `scale`, halves away from zero, cut off far outside of `dtype`."""
    with np.errstate(over="ignore"):
        scaled = x.astype(np.float32) / np.float32(scale)
    # far beyond the type with any zero point, near enough for exact halves
    beyond = 4.0 * (int(np.iinfo(dtype).max) + 1)
    scaled = np.clip(np.where(np.isnan(scaled), -np.inf, scaled), -beyond, beyond)
    magnitude = np.abs(scaled)
    floor = np.floor(magnitude)
    # not floor(x + 0.5): the sum would round 0.49999997 up
    rounded: Array = np.copysign(floor + (magnitude - floor >= 0.5), scaled)
    return rounded


def _run(
    authority: Authority, jobs: Sequence[Job], timeout_s: float, python: str
) -> list[JobResult]:
    arrays: dict[str, Array] = {"count": np.array(len(jobs))}
    for i, job in enumerate(jobs):
        arrays[f"model_{i}"] = np.frombuffer(job.tflite, dtype=np.uint8)
        arrays[f"inputs_{i}"] = job.inputs
        arrays[f"tensors_{i}"] = np.array(job.tensors, dtype=np.int64)
        arrays[f"frames_{i}"] = np.array(job.frames)
        arrays[f"fresh_{i}"] = np.array(bool(read_model(job.tflite).resources()))
    with tempfile.TemporaryDirectory(prefix="harness-oracle-") as folder:
        jobs_file, results_file = Path(folder) / "jobs.npz", Path(folder) / "results.npz"
        np.savez(jobs_file, allow_pickle=False, **arrays)
        files = (str(jobs_file), str(results_file))
        _run_oracle(authority, [python, "-I", str(_ORACLE), authority.runtime, *files], timeout_s)
        with np.load(results_file) as results:
            return [
                JobResult(
                    _joined(job.tflite, list(_outputs(results, i))),
                    {t: results[f"{t}_{i}"] for t in job.tensors},
                )
                for i, job in enumerate(jobs)
            ]


def _run_oracle(authority: Authority, command: Sequence[str], timeout_s: float) -> None:
    kept = os.environ.get("GLIBC_TUNABLES")
    environment = os.environ | {"GLIBC_TUNABLES": f"{kept}:{_TUNABLES}" if kept else _TUNABLES}
    try:
        done = children.run(
            command,
            timeout_s=timeout_s,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
        )
    except subprocess.TimeoutExpired:
        raise ReferenceFailed(
            f"{authority.title} took longer than {timeout_s:g} s",
            hint="give fewer samples or more time",
        ) from None
    if done.returncode < 0:
        name = signal.Signals(-done.returncode).name
        raise AuthorityFailed(
            f"{authority.title} cannot run this file: it crashed with {name}", hint=_HINT
        )
    if done.returncode > 0:
        reason = _reason(done.stderr.decode(errors="replace")) or f"exit code {done.returncode}"
        if reason.startswith(_MISSING):
            raise AuthorityMissing(
                f"{authority.title} cannot be imported: {reason}", hint=authority.remedy
            )
        raise AuthorityFailed(f"{authority.title} cannot run this file: {reason}", hint=_HINT)


def _reason(stderr: str) -> str:
    """Return the error of a traceback, behind what the runtime itself printed before it."""
    printed, _, traceback = stderr.strip().partition("Traceback (most recent call last):")
    error = traceback.strip().splitlines()[-1:] or [""]
    said = [line.strip() for line in printed.splitlines() if line.strip()]
    if error[0].startswith(_MISSING) or not error[0]:
        return error[0] or (said[-1] if said else "")
    return "; ".join(line for line in (*said[:2], error[0]) if not line.startswith("INFO"))


def _tensors(graph: Graph, indexes: Sequence[int]) -> list[Tensor]:
    return [graph.tensors[index] for index in indexes]


def _outputs(results: Mapping[str, Array], job: int) -> Iterator[Array]:
    for place in count():
        if f"output{place}_{job}" not in results:
            return
        yield results[f"output{place}_{job}"]


def _joined(tflite: bytes, outputs: Sequence[Array]) -> Array:
    """Return the outputs (N, ...) of a model as they are stored: records where it has several."""
    if len(outputs) == 1:
        return outputs[0]
    graph = read_model(tflite)
    names = field_names(_tensors(graph, graph.outputs))
    kinds = [(name, each.dtype, each.shape[1:]) for name, each in zip(names, outputs, strict=True)]
    records = np.empty(len(outputs[0]), np.dtype(kinds))
    for name, each in zip(names, outputs, strict=True):
        records[name] = each
    return records


def _check_inputs(graph: Graph, inputs: Array) -> None:
    sources = _tensors(graph, graph.inputs)
    if fits(inputs, sources):
        return
    wanted = ", ".join(f"{source.dtype} {source.shape}" for source in sources)
    raise ModelError(
        f"inputs {inputs.dtype} {inputs.shape} do not fit the model's {wanted}",
        hint="give N samples, each in the shape of what the model takes at once, in its own type",
    )
