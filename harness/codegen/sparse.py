"""Storage of the non-zero weights of a layer; the layout is firmware's engine_kernels_sparse.h."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from harness.codegen.graph import Array
from harness.codegen.window import Window

_SPAN = 256
_COUNT_MAX = 255


@dataclass(frozen=True, eq=False)
class Taps:
    """A filter's taps, in the order of its weights.

    Each reads the input element `offsets` from the window's first one. `rows` and `columns` are
    its place from the window's origin: image row, and element within that row.
    """

    offsets: Array
    rows: Array
    columns: Array


@dataclass(frozen=True)
class Segment:
    """Taps first..last (both included) are stored as positions from the first one's offset."""

    taps: tuple[int, ...]
    offset: int
    row: int
    column: int


@dataclass(frozen=True, eq=False)
class SparseWeights:
    """A layer as the kernels read it.

    `live` lists the filters that have weights (and some that have none, where more than 255
    constant ones follow each other); `values` is the float32 array beside the stream, empty in
    int8.
    """

    segments: tuple[Segment, ...]
    stream: Array
    values: Array
    live: tuple[int, ...]

    @property
    def offsets(self) -> Array:
        """Where the segments begin, int32."""
        return np.array([s.offset for s in self.segments], dtype=np.int32)

    @property
    def places(self) -> Array:
        """Row and column of every segment, int32 (segments, 2)."""
        places = [(s.row, s.column) for s in self.segments]
        return np.array(places, dtype=np.int32)


def linear_taps(depth: int) -> Taps:
    """Those of a fully connected layer."""
    every = np.arange(depth)
    return Taps(every, np.zeros_like(every), every)


def window_taps(window: Window) -> Taps:
    """Those of filters [kernel_h][kernel_w][in_c]."""
    shape = (window.kernel_h, window.kernel_w, window.in_c)
    y, x, c = (axis.reshape(-1) for axis in np.indices(shape))
    rows = y * window.dilation_h
    columns = x * window.dilation_w * window.in_c + c
    return Taps(rows * window.in_w * window.in_c + columns, rows, columns)


def encode(weights: Array, taps: Taps, constants: Array, *, by_row: bool) -> SparseWeights:
    """Store weights (filters, taps).

    `constants` (filters,) holds the outputs of filters without weights, in the type of the output.
    With `by_row` no segment crosses a row of the window.
    """
    nonzero: Array = weights != 0
    used = np.logical_or.reduce(nonzero, axis=0)
    segments = _segments(used, taps, _SPAN, by_row=by_row)
    if any(np.count_nonzero(weights[:, list(s.taps)], axis=1).max() > _COUNT_MAX for s in segments):
        segments = _segments(used, taps, _COUNT_MAX, by_row=by_row)
    live = _live(np.logical_or.reduce(nonzero, axis=1))
    stream: list[int] = []
    values: list[float] = []
    is_float = weights.dtype == np.float32

    def put_constants(first: int, end: int) -> None:
        stream.append(end - first)
        (values if is_float else stream).extend(constants[first:end].tolist())

    done = 0
    for index in live:
        put_constants(done, index)
        done = index + 1
        for segment in segments:
            stored = [tap for tap in segment.taps if weights[index, tap] != 0]
            stream.append(len(stored))
            for tap in stored:
                stream.append(int(taps.offsets[tap]) - segment.offset)
                (values if is_float else stream).append(weights[index, tap].item())
    put_constants(done, len(weights))
    return SparseWeights(
        segments=segments,
        stream=(np.array(stream) & 0xFF).astype(np.uint8),
        values=np.array(values, dtype=np.float32),
        live=live,
    )


def decode(
    stored: SparseWeights, taps: Taps, filters: int, *, is_float: bool
) -> tuple[Array, Array]:
    """The weights (filters, taps) and the outputs of constant filters, 0 elsewhere: for checks."""
    weights = np.zeros((filters, len(taps.offsets)), np.float32 if is_float else np.int8)
    constants = np.zeros(filters, weights.dtype)
    stream = iter(stored.stream.tolist())
    values: Iterator[float] = iter(stored.values.tolist()) if is_float else map(_signed, stream)
    live = set(stored.live)
    index = 0
    for _ in range(len(stored.live) + 1):
        for _ in range(next(stream)):
            constants[index] = next(values)
            index += 1
        if index not in live:
            break
        for segment in stored.segments:
            at = {int(taps.offsets[tap]) - segment.offset: tap for tap in segment.taps}
            for _ in range(next(stream)):
                position = next(stream)
                weights[index, at[position]] = next(values)
        index += 1
    return weights, constants


def _signed(byte: int) -> int:
    return byte - 256 if byte > 127 else byte


def _segments(used: Array, taps: Taps, span: int, *, by_row: bool) -> tuple[Segment, ...]:
    """As few as cover all taps that any filter uses, greedily from the first on."""
    segments: list[Segment] = []
    for tap in np.flatnonzero(used).tolist():
        offset, row = int(taps.offsets[tap]), int(taps.rows[tap])
        last = segments[-1] if segments else None
        if last and offset - last.offset < span and (row == last.row or not by_row):
            segments[-1] = replace(last, taps=(*last.taps, tap))
        else:
            segments.append(Segment((tap,), offset, row, int(taps.columns[tap])))
    return tuple(segments) or (Segment((), 0, 0, 0),)


def _live(has_weights: Array) -> tuple[int, ...]:
    live: list[int] = []
    previous = -1
    for index, has in enumerate(has_weights.tolist()):
        if has or index - previous > _COUNT_MAX:
            live.append(index)
            previous = index
    return tuple(live)
