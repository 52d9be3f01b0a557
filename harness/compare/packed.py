"""Counts of single samples in a few lines of text.

Counts differ in their low bytes, so bytes of one rank stand together before they are compressed: a
sample takes about a byte, where all are the same none.
"""

from __future__ import annotations

import binascii
import zlib
from base64 import b64decode, b64encode

import numpy as np

LINE = 100  # characters
NONE = -1  # a sample without a warm count


def pack(counts: np.ndarray) -> tuple[str, ...] | None:
    """Lines for whole counts (N,), NaN where there is none; None where they are not whole."""
    known = np.isfinite(counts)
    whole = np.where(known, counts, NONE).astype(np.int64)
    if not len(counts) or (whole[known] != counts[known]).any() or (whole[known] < 0).any():
        return None
    planes = whole.view(np.uint8).reshape(len(whole), 8).T.tobytes()
    text = b64encode(zlib.compress(planes, level=9)).decode("ascii")
    return tuple(text[start : start + LINE] for start in range(0, len(text), LINE))


def unpack(lines: tuple[str, ...], samples: int) -> np.ndarray:
    """The counts (samples,) of `pack`, NaN where there was none. Raises ValueError."""
    try:
        packed = zlib.decompressobj()
        planes = packed.decompress(b64decode("".join(lines), validate=True), 8 * samples + 1)
    except (zlib.error, binascii.Error) as error:
        raise ValueError(f"counts cannot be read: {error}") from error
    if len(planes) != 8 * samples:
        raise ValueError(f"counts are not those of {samples} samples")
    whole = np.frombuffer(planes, np.uint8).reshape(8, samples).T.copy().view(np.int64)[:, 0]
    return np.where(whole == NONE, np.nan, whole.astype(np.float64))
