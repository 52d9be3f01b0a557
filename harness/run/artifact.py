"""The store's record of a workload."""

from __future__ import annotations

from typing import Any

from harness.codegen import byte_array_header
from harness.store import Artifact
from harness.workload.workload import Workload


def describe(workload: Workload, **training: Any) -> Artifact:
    """Return the store's record of one model file; `training` holds facts of its training."""
    code, chosen = workload.code, workload.chosen
    return Artifact(
        variant=workload.variant,
        dtype=workload.dtype,
        macs=None if code is None else sum(op.macs for op in code.ops),
        nonzero_macs=None if code is None else sum(op.nonzero_macs for op in code.ops),
        tflite_bytes=len(workload.tflite),
        gzip_bytes=workload.gzip_bytes,
        header_bytes=len(byte_array_header(workload.tflite, workload.variant)),
        sha256=workload.sha256,
        input=workload.facts.input,
        output=workload.scored_output,
        scored=workload.scored,
        reference_outputs=workload.reference,
        authority="" if chosen is None else chosen.authority.name,
        authority_version="" if chosen is None else chosen.authority.version or "",
        authority_note="" if chosen is None else chosen.note,
        tolerance_lsb=0 if chosen is None else chosen.tolerance_lsb,
        tolerance_abs=0.0 if chosen is None else chosen.tolerance_abs,
        answers=workload.answers,
        **training,
    )
