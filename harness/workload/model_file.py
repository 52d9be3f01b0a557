"""A model file on the disk, read and compiled."""

from __future__ import annotations

from pathlib import Path

from harness.codegen import CompiledModel, compile_model, read_model
from harness.codegen.cores import GENERIC
from harness.codegen.prefer import BALANCED, Prefer
from harness.errors import InputError, ModelError
from harness.workload.model_facts import ModelFacts, model_facts


def compile_file(
    path: Path, core: str = GENERIC, prefer: Prefer = BALANCED
) -> tuple[bytes, CompiledModel]:
    """Return a model file's bytes and its compiled form. Raises InputError, ModelError."""
    tflite = _bytes_of(path)
    try:
        return tflite, compile_model(tflite, path.stem, core=core, prefer=prefer)
    except ModelError as error:
        raise ModelError(error.what, where=str(path), hint=error.hint) from error


def read_file(path: Path) -> tuple[bytes, ModelFacts]:
    """Return a model file's bytes, and its facts whichever engine runs it.

    Raises InputError, ModelError.
    """
    tflite = _bytes_of(path)
    try:
        return tflite, model_facts(tflite, read_model(tflite), path.stem)
    except ModelError as error:
        raise ModelError(error.what, where=str(path), hint=error.hint) from error


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(
            f"cannot read the model: {error.strerror}", where=str(path), hint="check the path"
        ) from error
