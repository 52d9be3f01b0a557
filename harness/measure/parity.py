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
    `differing` is the fraction of output elements that are not the same.
    """

    n: int
    argmax: float
    max_lsb: int | None
    max_abs: float | None
    differing: float = nan

    @property
    def difference(self) -> float:
        """`max_lsb` or, of float outputs, `max_abs`."""
        found = self.max_abs if self.max_lsb is None else self.max_lsb
        return nan if found is None else float(found)


def compare_outputs(device: np.ndarray, reference: np.ndarray) -> Parity:
    """Compare raw outputs of one dtype and shape (N, ...), N >= 1. Raises ValueError."""
    if device.shape != reference.shape or device.dtype != reference.dtype or len(device) == 0:
        raise ValueError(
            f"outputs {device.shape} {device.dtype} and {reference.shape} {reference.dtype} "
            "cannot be compared"
        )
    agreed = float((predictions(device) == predictions(reference)).mean())
    if np.issubdtype(device.dtype, np.integer):
        steps = np.abs(device.astype(np.int64) - reference.astype(np.int64))
        share = float((steps > 0).mean())
        return Parity(len(device), agreed, int(steps.max()), None, share)
    with np.errstate(invalid="ignore"):
        difference = np.abs(device.astype(np.float64) - reference.astype(np.float64))
    same = (device == reference) | (np.isnan(device) & np.isnan(reference))
    difference = np.where(same, 0.0, np.where(np.isnan(difference), np.inf, difference))
    return Parity(len(device), agreed, None, float(difference.max()), float((~same).mean()))
