"""Arrays of a user's .npz file, whose sizes are compared before anything is allocated."""

from __future__ import annotations

import math
import zlib
from pathlib import Path
from zipfile import BadZipFile, ZipFile, is_zipfile

import numpy as np

from harness.errors import DataError

LARGEST = 4 << 30  # bytes of all arrays
MOST_ARRAYS = 1000
UNREADABLE = (
    OSError, ValueError, EOFError, BadZipFile, zlib.error, RuntimeError, MemoryError, SyntaxError
)  # fmt: skip
HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}


def read_npz(path: Path, hint: str) -> dict[str, np.ndarray]:
    """Return the arrays by name; `hint` says how to write such a file. Raises DataError."""
    try:
        if is_zipfile(path):
            _check_sizes(path)
        file = np.load(path, allow_pickle=False)
        if isinstance(file, np.ndarray):
            raise ValueError("it is an .npy file, a single array")
        with file:
            return {name: file[name] for name in file.files}
    except FileNotFoundError as error:
        raise DataError("there is no such file", where=str(path), hint=hint) from error
    except UNREADABLE as error:
        reason = "it is cut off" if isinstance(error, EOFError) else error
        if isinstance(error, MemoryError):
            reason = "its arrays do not fit into memory"
        if "allow_pickle" in str(reason):
            reason = "it holds Python objects, not arrays of numbers"
        raise DataError(
            f"this is not a readable .npz file: {reason}", where=str(path), hint=hint
        ) from error


def _check_sizes(path: Path) -> None:
    """Raise ValueError where a header announces more than its file holds, or all is too much."""
    with ZipFile(path) as archive:
        items = archive.infolist()
        if len(items) > MOST_ARRAYS:
            raise ValueError(f"it holds {len(items):,} files, up to {MOST_ARRAYS:,} are read")
        total = sum(item.file_size for item in items)
        if total > LARGEST:
            raise ValueError(f"its arrays have {total:,} B, up to {LARGEST:,} B are read")
        for item in items:
            with archive.open(item) as file:
                read = HEADERS.get(np.lib.format.read_magic(file))
                if read is None:
                    raise ValueError(f"{item.filename} is not an array of numbers")
                shape, _, dtype = read(file)
                if dtype.hasobject:
                    raise ValueError("it holds Python objects, not arrays of numbers")
                announced = math.prod(shape) * dtype.itemsize
                if min(shape, default=0) < 0 or announced != item.file_size - file.tell():
                    raise ValueError(
                        f"{item.filename} announces {announced:,} B and has "
                        f"{item.file_size - file.tell():,} B"
                    )
