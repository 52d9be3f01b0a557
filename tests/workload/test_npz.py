from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import numpy as np
import pytest

from harness.errors import DataError
from harness.workload import npz
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


def with_header(path: Path, shape: tuple[int, ...], data: bytes) -> Path:
    """An .npz file whose array announces another shape than it has."""
    with ZipFile(path, "w", ZIP_DEFLATED) as archive, archive.open("x.npy", "w") as file:
        header = {"descr": "<f4", "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(file, header)
        file.write(data)
    return path


@pytest.mark.parametrize(
    ("shape", "data", "message"),
    [
        ((1 << 40,), b"1234", "x.npy announces 4,398,046,511,104 B and has 4 B"),
        ((2,), b"1234", "x.npy announces 8 B and has 4 B"),
        ((-1,), b"1234", "x.npy announces -4 B"),
    ],
)
def test_an_array_has_the_size_that_it_announces(
    tmp_path: Path, shape: tuple[int, ...], data: bytes, message: str
) -> None:
    with pytest.raises(DataError, match=message):
        read_npz(with_header(tmp_path / "a.npz", shape, data), "")


def test_what_unpacks_to_too_much_is_refused_unread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    np.savez_compressed(tmp_path / "a.npz", x=np.zeros(1 << 16, np.uint8))
    assert len(read_npz(tmp_path / "a.npz", "")["x"]) == 1 << 16
    monkeypatch.setattr(npz, "LARGEST", 1 << 16)
    with pytest.raises(DataError, match="up to 65,536 B are read"):
        read_npz(tmp_path / "a.npz", "")
    monkeypatch.setattr(npz, "MOST_ARRAYS", 0)
    with pytest.raises(DataError, match="it holds 1 files, up to 0 are read"):
        read_npz(tmp_path / "a.npz", "")
