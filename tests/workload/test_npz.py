from pathlib import Path

import numpy as np
import pytest

from harness.errors import DataError
from harness.workload.npz import read_npz


def damaged(whole: bytes) -> dict[str, bytes]:
    flipped = bytearray(whole)
    flipped[200:220] = b"Z" * 20
    return {"empty": b"", "cut": whole[:300], "flipped": bytes(flipped), "junk": b"hello"}


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("empty", "it is cut off"),
        ("cut", "not a zip file"),
        ("flipped", "Bad CRC-32"),
        ("junk", "Python objects, not arrays"),
    ],
)
def test_a_damaged_file_is_refused(tmp_path: Path, kind: str, message: str) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, x=np.zeros(64))
    path.write_bytes(damaged(path.read_bytes())[kind])
    with pytest.raises(DataError, match=f"not a readable .npz file: .*{message}.*; write it so"):
        read_npz(path, "write it so")


def test_arrays_come_by_name_and_others_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=np.arange(3), y=np.ones(2))
    found = read_npz(tmp_path / "a.npz", "")
    assert {name: array.tolist() for name, array in found.items()} == {"x": [0, 1, 2], "y": [1, 1]}
    np.save(tmp_path / "b.npy", np.arange(3))
    with pytest.raises(DataError, match=r"it is an \.npy file, a single array"):
        read_npz(tmp_path / "b.npy", "")
    np.savez(tmp_path / "c.npz", x=np.array([None]))
    with pytest.raises(DataError, match="it holds Python objects, not arrays of numbers"):
        read_npz(tmp_path / "c.npz", "")
