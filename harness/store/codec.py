"""Conversion between the store's columns and records: JSON for facts, npy for arrays."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import fields
from io import BytesIO
from typing import Any, cast, get_type_hints

import numpy as np
from pydantic import ConfigDict, Field, ValidationError, create_model

from harness.store.records import Answer, Artifact, Tensor, TensorInfo

TENSORS = ("input", "output")
COLUMNS = (
    "variant",
    "dtype",
    "sha256",
    "keras_predictions",
    "reference_outputs",
    "validation_outputs",
    "answers",
)
ARTIFACT_FACTS = tuple(name for name in Artifact.__dataclass_fields__ if name not in COLUMNS)
_FACTS = create_model(
    "_FACTS",
    __config__=ConfigDict(allow_inf_nan=False),
    **cast(
        dict[str, Any],
        {
            each.name: (
                TensorInfo if each.name in TENSORS else get_type_hints(Artifact)[each.name],
                Field(default_factory=each.default_factory)
                if callable(each.default_factory)
                else ...,
            )
            for each in fields(Artifact)
            if each.name in ARTIFACT_FACTS
        },
    ),
)


def artifact_of(
    answers: Sequence[Answer],
    variant: str,
    dtype: str,
    sha256: str,
    facts: str,
    predictions: bytes | None,
    reference: bytes,
    validation: bytes | None,
) -> Artifact:
    """Return the record of one row of `artifacts`."""
    try:
        read = _FACTS.model_validate_json(facts, strict=True)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(map(str, ("column facts", *first["loc"])))
        raise ValueError(f"{name}: {first['msg']}") from error
    return Artifact(
        variant=variant,
        dtype=dtype,
        sha256=sha256,
        keras_predictions=optional_npy(predictions),
        reference_outputs=from_npy(reference),
        validation_outputs=optional_npy(validation),
        answers=tuple(answers),
        **{name: getattr(read, name) for name in ARTIFACT_FACTS},
    )


def artifact_facts(artifact: Artifact) -> dict[str, Any]:
    """Return the facts of a model file without a column of their own."""
    plain = {name: getattr(artifact, name) for name in ARTIFACT_FACTS if name not in TENSORS}
    return plain | {name: _tensor_json(getattr(artifact, name)) for name in TENSORS}


def _tensor_json(tensor: Tensor) -> dict[str, Any]:
    return {
        "dtype": str(np.dtype(tensor.dtype)),
        "shape": list(tensor.shape),
        "scale": tensor.scale,
        "zero_point": tensor.zero_point,
    }


def to_json(value: dict[str, Any]) -> str:
    """Return JSON text of facts; arrays become lists."""
    return json.dumps(_plain(value), allow_nan=False)


def _plain(value: Any) -> Any:
    """Return `value` in JSON's types; NaN and infinity become null."""
    if isinstance(value, dict):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist())
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, bool | int | str):
        return value
    return str(value)


def to_npy(array: np.ndarray) -> bytes:
    """Return the bytes of an .npy file, dtype and shape included."""
    buffer = BytesIO()
    np.save(buffer, np.asarray(array), allow_pickle=False)
    return buffer.getvalue()


def optional_npy(data: bytes | None) -> np.ndarray | None:
    """Return the array of a column that may be empty."""
    return None if data is None else from_npy(data)


def from_npy(data: bytes) -> np.ndarray:
    """Return the array that `to_npy` wrote."""
    array: np.ndarray = np.load(BytesIO(data), allow_pickle=False)
    return array
