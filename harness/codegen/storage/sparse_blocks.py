"""Storage of weights in blocks of four neighbours; engine_kernels_sparse.h describes it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from harness.codegen.engine_constants import SPARSE_COUNT_MAX, SPARSE_SPAN, SPARSE_TAPS
from harness.codegen.graph import Array
from harness.codegen.storage.sparse import Taps, live_filters, neighbours, to_bytes


@dataclass(frozen=True, eq=False)
class BlockWeights:
    """A layer as engine_sparse_blocks_s8 reads it; `weights` (blocks, 4), `live` filters."""

    heads: Array
    places: Array
    weights: Array
    offsets: Array
    live: tuple[int, ...]


def encode_blocks(weights: Array, taps: Taps, constants: Array) -> BlockWeights | None:
    """Store int8 weights (filters, taps) in as few blocks as cover the non-zero ones.

    `constants` (filters,) holds the outputs of filters without weights. None where a window's
    contiguous input is shorter than a block, which would read beyond the input.
    """
    stretch = np.concatenate([[0], np.cumsum(np.diff(taps.offsets) != 1)])
    ends = np.searchsorted(stretch, stretch, side="right")  # end of each tap's stretch
    starts = np.searchsorted(stretch, stretch, side="left")
    if (ends - starts).min() < SPARSE_TAPS:
        return None
    filters = [_blocks(filter_, ends) for filter_ in weights]
    used = sorted({int(taps.offsets[first]) for blocks in filters for first, _ in blocks})
    offsets = _segments(used)
    live = live_filters(np.array([bool(blocks) for blocks in filters]))
    heads: list[int] = []
    places: list[int] = []
    stored: list[Array] = []
    done = 0
    for begin, end in [*neighbours(live), (len(weights), len(weights))]:
        heads += [begin - done, *constants[done:begin].tolist(), end - begin]
        for blocks in filters[begin:end]:
            at = np.array([taps.offsets[first] for first, _ in blocks], dtype=np.int64)
            segment = np.searchsorted(offsets, at, side="right") - 1
            heads += np.bincount(segment, minlength=len(offsets)).tolist()
            places += (at - np.array(offsets)[segment]).tolist()
            stored += [values for _, values in blocks]
        done = end
    return BlockWeights(
        heads=to_bytes(heads),
        places=to_bytes(places),
        weights=np.array(stored, dtype=np.int8).reshape(-1, SPARSE_TAPS),
        offsets=np.array(offsets, dtype=np.int32),
        live=live,
    )


def _blocks(filter_: Array, ends: Array) -> list[tuple[int, Array]]:
    """Return first tap and weights of each block, greedily; each weight is in one block."""
    found: list[tuple[int, Array]] = []
    done = 0
    for tap in np.flatnonzero(filter_).tolist():
        if tap < done:
            continue
        first = min(tap, int(ends[tap]) - SPARSE_TAPS)
        values = filter_[first : first + SPARSE_TAPS].copy()
        values[: max(0, done - first)] = 0
        found.append((first, values))
        done = first + SPARSE_TAPS
    return found


def _segments(used: list[int]) -> list[int]:
    """Return the segments that cover all blocks, each of at most 255 blocks and 256 elements."""
    offsets: list[int] = []
    for offset in used:
        if not offsets or offset - offsets[-1] >= min(SPARSE_SPAN, SPARSE_COUNT_MAX):
            offsets.append(offset)
    return offsets or [0]
