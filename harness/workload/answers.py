"""Answers of all authorities to one model file, kept by content."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path

import numpy as np

from harness.codegen import Graph
from harness.durable import read_sealed, write_sealed
from harness.errors import ReferenceFailed
from harness.store import Answer
from harness.workload.authority import Authority
from harness.workload.choice import Candidate, quantised, rank
from harness.workload.reference import run_reference


@dataclass(frozen=True, eq=False)
class Reference:
    """Reference outputs (N, ...), raw, with the authority that computed them.

    `others`: the answers of further authorities, asked where the model is quantised, and the
    refusals of those that would have been preferred.
    """

    chosen: Candidate
    outputs: np.ndarray
    others: tuple[Answer, ...] = field(default=())


def reference_of(
    tflite: bytes,
    graph: Graph,
    inputs: np.ndarray,
    cache_dir: Path,
    fixed: Authority | None = None,
    frames: int = 1,
) -> Reference:
    """Return the answer of the best authority that can run the file, or of `fixed` alone.

    Each `frames` inputs are a sequence.

    Raises ModelError, ReferenceFailed.
    """
    ranked = rank(graph, fixed)
    first = ranked if quantised(graph) else ranked[:1]
    answers = _ask(first, tflite, inputs, cache_dir, frames)
    if fixed is None:
        for candidate in ranked[len(first) :]:
            if answers[-1].outputs is not None:
                break
            answers += _ask([candidate], tflite, inputs, cache_dir, frames)
    usable = answers[:1] if fixed is not None else answers
    for candidate, answer in zip(ranked, usable, strict=False):
        if answer.outputs is not None:
            others = (each for each in answers if each is not answer)
            alike = tuple(_alike(each, answer.outputs) for each in others)
            return Reference(candidate, answer.outputs, alike)
    raise ReferenceFailed("; ".join(answer.reason for answer in usable))


def kept_outputs(
    tflite: bytes, inputs: np.ndarray, authority: Authority, cache_dir: Path, frames: int = 1
) -> np.ndarray:
    """Return one authority's outputs (N, ...), from the cache where they are there.

    Raises ModelError, ReferenceFailed.
    """
    digest = hashlib.sha256(f"{authority.version}\n".encode())
    digest.update(hashlib.sha256(tflite).digest())
    digest.update(f"{inputs.dtype}{inputs.shape}".encode() + inputs.tobytes())
    if frames > 1:
        digest.update(f"sequences of {frames}".encode())
    path = cache_dir / "reference" / f"{authority.name}-{digest.hexdigest()}.sealed"
    kept = read_sealed(path)
    if kept is not None:
        found: np.ndarray = np.load(BytesIO(kept), allow_pickle=False)
        return found
    outputs = run_reference(tflite, inputs, authority, frames=frames)
    content = BytesIO()
    np.save(content, outputs, allow_pickle=False)
    write_sealed(path, content.getvalue())
    return outputs


def _alike(answer: Answer, wanted: np.ndarray) -> Answer:
    """Return the answer in the shape of `wanted`, a refusal where it is of another type or size."""
    found = answer.outputs
    if found is None:
        return answer
    if (found.dtype, found.size) != (wanted.dtype, wanted.size):
        kinds = f"{found.dtype} {found.shape}, not {wanted.dtype} {wanted.shape}"
        return replace(answer, outputs=None, reason=f"{answer.authority} gives outputs {kinds}")
    return replace(answer, outputs=found.reshape(wanted.shape))


def _ask(
    candidates: Sequence[Candidate],
    tflite: bytes,
    inputs: np.ndarray,
    cache_dir: Path,
    frames: int,
) -> list[Answer]:
    def answer(candidate: Candidate) -> Answer:
        authority = candidate.authority
        version = authority.version or ""
        try:
            outputs = kept_outputs(tflite, inputs, authority, cache_dir, frames)
        except ReferenceFailed as error:
            return Answer(authority.name, version, None, str(error))
        return Answer(authority.name, version, outputs)

    with ThreadPoolExecutor(max_workers=max(1, len(candidates))) as pool:
        return list(pool.map(answer, candidates))
