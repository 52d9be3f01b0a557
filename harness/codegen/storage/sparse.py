"""Storage of a layer's non-zero weights; the layout is in engine_kernels_sparse.h."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from harness.codegen.engine_constants import SPARSE_COUNT_MAX, SPARSE_SPAN
from harness.codegen.graph import Array
from harness.codegen.structs import Window


@dataclass(frozen=True, eq=False)
class Taps:
    """A filter's taps, in the order of its weights."""

    offsets: Array  # input elements from the window's first one
    rows: Array  # image rows from the window's origin
    columns: Array  # elements within that row


@dataclass(frozen=True)
class Segment:
    """Taps first..last (both included), stored as positions relative to the first one."""

    taps: tuple[int, ...]
    offset: int
    row: int
    column: int


@dataclass(frozen=True, eq=False)
class SparseWeights:
    """A layer as the kernels read it."""

    segments: tuple[Segment, ...]
    heads: Array
    taps: Array  # int8: weights beside their positions; float32: positions only
    values: Array  # float32: weights and constant outputs
    # Filters with weights; of more than 255 constant filters in a row some are here, too
    live: tuple[int, ...]

    @property
    def offsets(self) -> Array:
        """Input offsets of the segments, int32."""
        return np.array([s.offset for s in self.segments], dtype=np.int32)

    @property
    def places(self) -> Array:
        """Row and column of every segment, int32 (segments, 2)."""
        places = [(s.row, s.column) for s in self.segments]
        return np.array(places, dtype=np.int32)


def linear_taps(depth: int) -> Taps:
    """Return the taps of a fully connected layer."""
    every = np.arange(depth)
    return Taps(every, np.zeros_like(every), every)


def window_taps(window: Window) -> Taps:
    """Return the taps of filters [kernel_h][kernel_w][in_c]."""
    shape = (window.kernel_h, window.kernel_w, window.in_c)
    y, x, c = (axis.reshape(-1) for axis in np.indices(shape))
    rows = y * window.dilation_h
    columns = x * window.dilation_w * window.in_c + c
    return Taps(rows * window.in_w * window.in_c + columns, rows, columns)


def encode(weights: Array, taps: Taps, constants: Array, *, by_row: bool) -> SparseWeights:
    """Store weights (filters, taps).

    `constants` (filters,) holds the outputs of filters without weights, in the type of the
    output. With `by_row` no segment crosses a row of the window.
    """
    nonzero: Array = weights != 0
    used = np.logical_or.reduce(nonzero, axis=0)
    segments = _segments(used, taps, SPARSE_SPAN, by_row=by_row)
    counts = (np.count_nonzero(weights[:, list(s.taps)], axis=1).max() for s in segments)
    if any(count > SPARSE_COUNT_MAX for count in counts):
        segments = _segments(used, taps, SPARSE_COUNT_MAX, by_row=by_row)
    live = live_filters(np.logical_or.reduce(nonzero, axis=1))
    heads: list[int] = []
    stream: list[int] = []
    values: list[float] = []
    is_float = weights.dtype == np.float32

    def put_filter(filter_: Array) -> None:
        for segment in segments:
            stored = [tap for tap in segment.taps if filter_[tap] != 0]
            heads.append(len(stored))
            for tap in stored:
                position = int(taps.offsets[tap]) - segment.offset
                stream.extend([position] if is_float else [filter_[tap].item(), position])
            if is_float:
                values.extend(filter_[stored].tolist())
            elif len(stored) % 2:
                stream.extend([0, 0])

    done = 0
    for first, end in [*neighbours(live), (len(weights), len(weights))]:
        heads.append(first - done)
        (values if is_float else heads).extend(constants[done:first].tolist())
        heads.append(end - first)
        for filter_ in weights[first:end]:
            put_filter(filter_)
        done = end
    return SparseWeights(
        segments=segments,
        heads=to_bytes(heads),
        taps=to_bytes(stream),
        values=np.array(values, dtype=np.float32),
        live=live,
    )


def decode(
    stored: SparseWeights, taps: Taps, filters: int, *, is_float: bool
) -> tuple[Array, Array]:
    """Return the weights (filters, taps), and the outputs of constant filters (0 elsewhere)."""
    weights = np.zeros((filters, len(taps.offsets)), np.float32 if is_float else np.int8)
    constants = np.zeros(filters, weights.dtype)
    heads, stream = iter(stored.heads.tolist()), iter(stored.taps.tolist())
    values: Iterator[float] = iter(stored.values.tolist())
    index = 0
    while True:
        for _ in range(next(heads)):
            constants[index] = next(values) if is_float else _signed(next(heads))
            index += 1
        live = next(heads)
        if live == 0:
            return weights, constants
        for _ in range(live):
            for segment in stored.segments:
                at = {int(taps.offsets[tap]) - segment.offset: tap for tap in segment.taps}
                count = next(heads)
                for _ in range(count):
                    weight = next(values) if is_float else _signed(next(stream))
                    weights[index, at[next(stream)]] = weight
                if count % 2 and not is_float:
                    assert (next(stream), next(stream)) == (0, 0)
            index += 1


def to_bytes(values: list[int]) -> Array:
    """Return int8 values as uint8, in two's complement."""
    return (np.array(values, dtype=np.int64) & 0xFF).astype(np.uint8)


def neighbours(live: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    """Return first filter and end of adjacent live filters, at most 255 of them."""
    first = 0
    for place, index in enumerate(live):
        ends = place + 1 == len(live) or live[place + 1] != index + 1
        if ends or place + 1 - first == SPARSE_COUNT_MAX:
            yield live[first], index + 1
            first = place + 1


def _signed(byte: int) -> int:
    return byte - 256 if byte > 127 else byte


def _segments(used: Array, taps: Taps, span: int, *, by_row: bool) -> tuple[Segment, ...]:
    """Return the fewest segments that cover the taps of all filters, greedily."""
    segments: list[Segment] = []
    for tap in np.flatnonzero(used).tolist():
        offset, row = int(taps.offsets[tap]), int(taps.rows[tap])
        last = segments[-1] if segments else None
        if last and offset - last.offset < span and (row == last.row or not by_row):
            segments[-1] = replace(last, taps=(*last.taps, tap))
        else:
            segments.append(Segment((tap,), offset, row, int(taps.columns[tap])))
    return tuple(segments) or (Segment((), 0, 0, 0),)


def live_filters(has_weights: Array) -> tuple[int, ...]:
    """Return the filters that are stored with weights.

    Where more than 255 constant filters follow each other, some of them are stored, too.
    """
    live: list[int] = []
    previous = -1
    for index, has in enumerate(has_weights.tolist()):
        if has or index - previous > SPARSE_COUNT_MAX:
            live.append(index)
            previous = index
    return tuple(live)
