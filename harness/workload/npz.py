"""Arrays of a user's .npz file."""

from __future__ import annotations

import zlib
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from harness.errors import DataError


def read_npz(path: Path, hint: str) -> dict[str, np.ndarray]:
    """Return the arrays by name; `hint` says how to write such a file. Raises DataError."""
    try:
        file = np.load(path, allow_pickle=False)
        if isinstance(file, np.ndarray):
            raise ValueError("it is an .npy file, a single array")
        with file:
            return {name: file[name] for name in file.files}
    except FileNotFoundError as error:
        raise DataError("there is no such file", where=str(path), hint=hint) from error
    except (OSError, ValueError, EOFError, BadZipFile, zlib.error, RuntimeError) as error:
        reason = "it is cut off" if isinstance(error, EOFError) else error
        if "allow_pickle" in str(reason):
            reason = "it holds Python objects, not arrays of numbers"
        raise DataError(
            f"this is not a readable .npz file: {reason}", where=str(path), hint=hint
        ) from error
