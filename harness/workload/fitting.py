"""Samples in the types of a model's inputs: quantised, or taken as they are.

Samples of one input are an array (N, ...); of several, arrays by the inputs' names or the records
that these become (codegen/interface.py). float32 values are quantised by the input's scale; values
in the input's own type are taken as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from harness.codegen import Interface, TensorInfo
from harness.codegen.interface import fits, sample_type
from harness.errors import DataError, InputError
from harness.workload.model_facts import Exchanged
from harness.workload.reference import quantise_input, saturated_share

Samples = np.ndarray | Mapping[str, np.ndarray]


def fit_inputs(samples: Samples, model: Exchanged, frames: int = 1) -> np.ndarray:
    """Return samples (N, ...) or records (N,) for the inputs of a model, frame behind frame.

    Raises DataError.
    """
    inputs = model.inputs
    if isinstance(samples, np.ndarray) and samples.dtype.names:
        records = np.ascontiguousarray(samples).reshape(-1)
        if fits(records, inputs.tensors):
            return records
    parts = [_fitted(values, source, frames) for source, values in _by_input(samples, inputs)]
    if inputs.single:
        return parts[0]
    counts = {len(part) for part in parts}
    if len(counts) != 1:
        raise DataError(
            f"the inputs have {_counted(sorted(counts))} samples", hint="as many of each input"
        )
    records = np.empty(len(parts[0]), sample_type(inputs.tensors))
    for name, part in zip(inputs.names, parts, strict=True):
        records[name] = part
    return records


def saturated(samples: Samples, model: Exchanged) -> float:
    """Return the share of values that lie outside of their input's range and are clamped."""
    if isinstance(samples, np.ndarray) and samples.dtype.names:
        return 0.0
    given = _by_input(samples, model.inputs)
    shares = [(_saturated(values, source), values.size) for source, values in given]
    values = sum(size for _, size in shares)
    return sum(share * size for share, size in shares) / values if values else 0.0


def short_name(name: str) -> str:
    """Return a tensor's name without what converters put around it: serving_default_x:0 is x."""
    return name.removeprefix("serving_default_").rsplit(":", 1)[0]


def output_named(outputs: Interface, name: str) -> str:
    """Return the full name of an output, "" of the only or first one. Raises InputError."""
    if not name:
        return ""
    found = [full for full in outputs.names if name in (full, short_name(full))]
    if len(found) != 1:
        raise InputError(
            f"the model has {len(found) or 'no'} outputs named '{name}'",
            hint=f"its outputs are {', '.join(outputs.names)}",
        )
    return "" if outputs.single else found[0]


def _by_input(samples: Samples, inputs: Interface) -> Iterator[tuple[TensorInfo, np.ndarray]]:
    """Yield each input with its values. Raises DataError where there are none."""
    if isinstance(samples, np.ndarray):
        if not inputs.single:
            raise DataError(
                f"one array of samples for a model of {len(inputs)} inputs",
                hint=f"give an array for each, by name: {', '.join(inputs.names)}",
            )
        yield inputs.first, samples
        return
    for name, source in zip(inputs.names, inputs, strict=True):
        key = next((key for key in (name, short_name(name)) if key in samples), None)
        if key is None:
            raise DataError(
                f"there is no array for the input '{name}', only "
                f"{', '.join(sorted(samples)) or 'none'}",
                hint=f"the model's inputs are {', '.join(map(short_name, inputs.names))}",
            )
        yield source, samples[key]


def _fitted(samples: np.ndarray, source: TensorInfo, frames: int) -> np.ndarray:
    """Return samples (N, ...) in the type and shape of one input. Raises DataError."""
    wanted = source.sample_shape
    if samples.ndim == 0 or int(np.prod(samples.shape[1:])) != frames * int(np.prod(wanted)):
        of = f"{frames} frames of " if frames > 1 else ""
        raise DataError(
            f"samples of shape {samples.shape[1:]} do not fit {of}the model's input {wanted}",
            hint="one sample a row, in the model's own layout (NHWC)",
        )
    shaped = samples.reshape(len(samples) * frames, *wanted)
    if shaped.dtype == np.dtype(source.dtype) and shaped.dtype != np.float32:
        return np.ascontiguousarray(shaped)
    if source.dtype != "float32" and source.scale is None:
        return _whole(shaped, source)
    with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinity
        shaped = shaped.astype(np.float32)
    if not np.isfinite(shaped).all():
        raise DataError(
            "the samples hold NaN, infinity or values beyond float32",
            hint="remove these values",
        )
    if source.scale is None or source.zero_point is None:
        return np.ascontiguousarray(shaped)
    return quantise_input(shaped, source.scale, source.zero_point, source.dtype)


def _whole(samples: np.ndarray, source: TensorInfo) -> np.ndarray:
    """Return samples for an input of whole numbers without a scale. Raises DataError."""
    with np.errstate(invalid="ignore"):
        cast = samples.astype(source.dtype)
    if not np.array_equal(cast, samples):
        raise DataError(
            f"the samples do not fit an input of {source.dtype} without a scale",
            where=source.name,
            hint=f"give values that {source.dtype} holds exactly",
        )
    return np.ascontiguousarray(cast)


def _saturated(samples: np.ndarray, source: TensorInfo) -> float:
    if source.scale is None or source.zero_point is None or samples.dtype == source.dtype:
        return 0.0
    values = samples.astype(np.float32)
    return saturated_share(values, source.scale, source.zero_point, source.dtype)


def _counted(counts: list[int]) -> str:
    return " and ".join(f"{count:,}" for count in counts)
