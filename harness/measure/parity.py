"""Parity of a device's outputs and an authority's, sample by sample."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan

import numpy as np

from harness.measure.accuracy import predictions


@dataclass(frozen=True)
class Parity:
    """Comparison of raw outputs over `n` samples.

    `argmax` is the fraction of samples with the same class. Integer outputs have `max_lsb`, the
    greatest difference in units of the last place (one step of the output's scale); float outputs
    have `max_abs`, the greatest absolute difference, infinite where only one side is a number.
    `differing` is the fraction of output elements that are not the same. Of several outputs
    `max_lsb` and `max_abs` are the greatest of all, `argmax` the least, and `worst` names the
    output that differs most: an integer one where any does, as these are to be equal.
    """

    n: int
    argmax: float
    max_lsb: int | None
    max_abs: float | None
    differing: float = nan
    worst: str = ""

    @property
    def difference(self) -> float:
        """`max_lsb` or, of float outputs, `max_abs`."""
        found = self.max_abs if self.max_lsb is None else self.max_lsb
        return nan if found is None else float(found)


def by_output(outputs: np.ndarray) -> dict[str, np.ndarray]:
    """Return the outputs (N, ...) by name: the fields of records, or the array itself as ""."""
    names = outputs.dtype.names
    return {name: outputs[name] for name in names} if names else {"": outputs}


def compare_outputs(device: np.ndarray, reference: np.ndarray) -> Parity:
    """Compare raw outputs of one dtype and shape (N, ...), N >= 1. Raises ValueError."""
    if device.shape != reference.shape or device.dtype != reference.dtype or len(device) == 0:
        raise ValueError(
            f"outputs {device.shape} {device.dtype} and {reference.shape} {reference.dtype} "
            "cannot be compared"
        )
    found = compare_each(device, reference)
    if device.dtype.names is None:
        return found[""]
    name = max(found, key=lambda name: _severity(found[name]))
    sizes = {each: values.size for each, values in by_output(device).items()}
    differing = sum(found[each].differing * size for each, size in sizes.items())
    return Parity(
        len(device),
        min(each.argmax for each in found.values()),
        max((each.max_lsb for each in found.values() if each.max_lsb is not None), default=None),
        max((each.max_abs for each in found.values() if each.max_abs is not None), default=None),
        differing / sum(sizes.values()),
        name,
    )


def compare_each(device: np.ndarray, reference: np.ndarray) -> dict[str, Parity]:
    """Compare the outputs of one dtype and shape (N, ...) one by one, by name."""
    known = by_output(reference)
    return {name: _compared(values, known[name]) for name, values in by_output(device).items()}


def _severity(found: Parity) -> tuple[bool, float]:
    """Return the order of differences: those of integers first, by size."""
    return bool(found.max_lsb), found.difference


def _compared(device: np.ndarray, reference: np.ndarray) -> Parity:
    agreed = float((predictions(device) == predictions(reference)).mean())
    if not np.issubdtype(device.dtype, np.floating):
        steps = np.abs(device.astype(np.int64) - reference.astype(np.int64))
        share = float((steps > 0).mean())
        return Parity(len(device), agreed, int(steps.max()), None, share)
    with np.errstate(invalid="ignore"):
        difference = np.abs(device.astype(np.float64) - reference.astype(np.float64))
    same = (device == reference) | (np.isnan(device) & np.isnan(reference))
    difference = np.where(same, 0.0, np.where(np.isnan(difference), np.inf, difference))
    return Parity(len(device), agreed, None, float(difference.max()), float((~same).mean()))
