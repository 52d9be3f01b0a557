import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from harness.data.data_files import read_data
from harness.errors import DataError


def read(path: Path, label: str = "label", **options: object) -> object:
    chosen = {"size": None, "colour": "grey"} | options
    return read_data(path, label=label, **chosen)  # type: ignore[arg-type]


def test_npz_of_one_part_or_three(tmp_path: Path) -> None:
    x, y = np.arange(6.0).reshape(3, 2), np.array([0, 1, 0])
    np.savez(tmp_path / "one.npz", x=x, y=y)
    found = read(tmp_path / "one.npz")
    assert list(found) == ["all"]
    assert found["all"][0].tolist() == x.tolist()
    assert found["all"][1].tolist() == [0, 1, 0]
    parts = {f"{kind}_{part}": array for kind, array in (("x", x), ("y", y))
             for part in ("train", "validation", "test")}  # fmt: skip
    np.savez(tmp_path / "three.npz", **parts)
    assert list(read(tmp_path / "three.npz")) == ["train", "validation", "test"]


def test_csv_numbers_and_named_classes(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("width,kind,height\n1,pear,2.5\n3,apple,4\n5,pear,6\n")
    x, y = read(path, label="kind")["all"]
    assert x.tolist() == [[1, 2.5], [3, 4], [5, 6]]
    assert x.dtype == np.float32
    assert y.tolist() == [1, 0, 1]
    x, y = read_numbers(tmp_path)
    assert y.tolist() == [0.5, 1.5]


def read_numbers(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    path = folder / "numbers.csv"
    path.write_text("a,label\n1,0.5\n2,1.5\n")
    return read(path)["all"]


def test_images_by_folder(tmp_path: Path) -> None:
    for name, shade in (("cat", 0), ("dog", 255)):
        (tmp_path / name).mkdir()
        Image.new("L", (4, 2), shade).save(tmp_path / name / "a.png")
        (tmp_path / name / "notes.txt").write_text("no image")
    x, y = read(tmp_path)["all"]
    assert x.shape == (2, 2, 4, 1)
    assert x[:, 0, 0, 0].tolist() == [0, 1]
    assert y.tolist() == [0, 1]
    x, _ = read(tmp_path, size=(6, 5), colour="rgb")["all"]
    assert x.shape == (2, 6, 5, 3)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.npz", b"junk", "not a readable .npz file"),
        ("a.csv", b"a,lable\n1,2\n", "there is no column 'label' (did you mean 'lable'?)"),
        ("a.csv", b"a,label\nx,2\n", "column 'a' holds text, not numbers"),
        ("a.csv", b"", "not a readable CSV file"),
    ],
)
def test_what_cannot_be_read(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=re.escape(message)):
        read(tmp_path / name)


def test_what_is_in_an_npz_is_said(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", images=np.ones(3))
    with pytest.raises(DataError, match="it holds the arrays images, not x and y"):
        read(tmp_path / "a.npz")


def test_images_that_do_not_fit(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there is no folder in it"):
        read(tmp_path)
    (tmp_path / "cat").mkdir()
    with pytest.raises(DataError, match="no images in its folders"):
        read(tmp_path)
    Image.new("L", (4, 2)).save(tmp_path / "cat" / "a.png")
    Image.new("L", (4, 3)).save(tmp_path / "cat" / "b.png")
    with pytest.raises(DataError, match=r"3x4 pixels, the first image 2x4.*size = "):
        read(tmp_path)
    (tmp_path / "cat" / "b.png").write_bytes(b"junk")
    with pytest.raises(DataError, match="this image cannot be read"):
        read(tmp_path)
