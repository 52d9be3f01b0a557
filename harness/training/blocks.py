"""Weights in the blocks that device kernels read: neighbours in a row of the TFLite file.

A Keras kernel ends in (inputs, outputs), a TFLite one in inputs. The dense int8 kernels read the
taps of a filter run by run (codegen/blocked.py): a run is one row of a convolution's window,
(width, inputs) in a row, or all inputs of a Dense layer. Blocks are laid along runs and never
reach over their ends; the last block of a run is smaller where the run does not divide.
"""

from __future__ import annotations

import math

import numpy as np


def as_runs(kernel: np.ndarray) -> np.ndarray:
    """A Keras kernel (..., inputs, outputs) as (outputs, runs, taps), a view where possible."""
    outputs = kernel.shape[-1]
    taps = math.prod(kernel.shape[-3:-1])
    return np.moveaxis(kernel, -1, 0).reshape(outputs, -1, taps)


def from_runs(runs: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """The inverse of `as_runs`."""
    return np.moveaxis(runs.reshape(shape[-1], *shape[:-1]), 0, -1)


def block_means(scores: np.ndarray, size: int) -> np.ndarray:
    """Mean score of each block, (blocks, outputs): the last axis stays that of the units."""
    runs = as_runs(scores)
    starts = np.arange(0, runs.shape[2], size)
    lengths = np.diff(np.append(starts, runs.shape[2]))
    means: np.ndarray = np.add.reduceat(runs, starts, axis=2) / lengths
    return means.reshape(len(means), -1).T


def fill_blocks(chosen: np.ndarray, size: int, shape: tuple[int, ...]) -> np.ndarray:
    """Values (blocks, outputs) of all blocks, given to each of their weights: a kernel."""
    taps = math.prod(shape[-3:-1])
    per_block = chosen.T.reshape(shape[-1], -1, -(-taps // size))
    return from_runs(np.repeat(per_block, size, axis=2)[:, :, :taps], shape)


def m_by_n_mask(scores: np.ndarray, zeros: int, size: int) -> np.ndarray:
    """True but for the `zeros` lowest scores of each block of `size`; ties fall to the earlier.

    A smaller block at the end of a run keeps size - zeros weights, or all it has.
    """
    runs = as_runs(scores)
    filled = np.pad(
        runs, ((0, 0), (0, 0), (0, -runs.shape[2] % size)), constant_values=-np.inf
    ).reshape(*runs.shape[:2], -1, size)
    ranks = filled.argsort(axis=-1, kind="stable").argsort(axis=-1, kind="stable")
    mask = (ranks >= zeros).reshape(*runs.shape[:2], -1)[:, :, : runs.shape[2]]
    return from_runs(mask, scores.shape)
