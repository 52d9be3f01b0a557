import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from harness.data import images
from harness.data.data_files import read_data
from harness.errors import DataError


def read(path: Path, label: str = "label", **options: object) -> object:
    chosen = {"size": None, "colour": "grey"} | options
    return read_data(path, label=label, **chosen)[0]  # type: ignore[arg-type]


def names(path: Path, *classes: str) -> tuple[str, ...]:
    return read_data(path, label="label", size=None, colour="grey", classes=classes)[1]


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
    with pytest.raises(DataError, match="it holds no folders"):
        read(tmp_path)
    (tmp_path / "cat").mkdir()
    with pytest.raises(DataError, match="no images in the folder of class 'cat'"):
        read(tmp_path)
    Image.new("L", (4, 2)).save(tmp_path / "cat" / "a.png")
    Image.new("L", (4, 3)).save(tmp_path / "cat" / "b.png")
    with pytest.raises(DataError, match=r"3x4 pixels, the first image 2x4.*size = "):
        read(tmp_path)
    (tmp_path / "cat" / "b.png").write_bytes(b"junk")
    with pytest.raises(DataError, match="this image cannot be read"):
        read(tmp_path)


def image_folder(tmp_path: Path, image: Image.Image, name: str = "a.png", **saved: object) -> Path:
    (tmp_path / "one").mkdir()
    image.save(tmp_path / "one" / name, **saved)
    return tmp_path


@pytest.mark.parametrize(("colour", "channels"), [("grey", 1), ("rgb", 3)])
def test_sixteen_bits_of_grey_become_0_to_1(tmp_path: Path, colour: str, channels: int) -> None:
    ramp = np.arange(0, 65536, 257, dtype=np.uint16).reshape(16, 16)
    folder = image_folder(tmp_path, Image.fromarray(ramp))
    pixels, _ = read(folder, colour=colour)["all"]
    assert pixels.shape == (1, 16, 16, channels)
    for channel in range(channels):
        np.testing.assert_allclose(pixels[0, :, :, channel], ramp / 65535, atol=1e-7)
    small, _ = read(folder, colour=colour, size=(4, 4))["all"]
    assert small.shape == (1, 4, 4, channels)
    assert small.mean() == pytest.approx(0.5, abs=0.01)


def test_an_image_is_turned_as_its_exif_orientation_asks(tmp_path: Path) -> None:
    """Orientation 6: the camera was held on its side; shown turned clockwise."""
    stored = np.zeros((8, 16), np.uint8)
    stored[:, :8] = 255  # the left half
    exif = Image.Exif()
    exif[0x0112] = 6
    folder = image_folder(tmp_path, Image.fromarray(stored), exif=exif)
    pixels, _ = read(folder)["all"]
    assert pixels.shape == (1, 16, 8, 1)
    assert pixels[0, :8].min() == 1.0
    assert pixels[0, 8:].max() == 0.0


def test_an_empty_class_folder_is_named(tmp_path: Path) -> None:
    folder = image_folder(tmp_path, Image.new("L", (4, 4)))
    (folder / "two").mkdir()
    with pytest.raises(DataError, match="no images in the folder of class 'two'"):
        read(folder)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("1,2,yes\n3,,no\n5,6,no", "column 'b' has no value in row 2"),
        ("1,2,yes\n,4,no\n,6,no", "column 'a' has no value in row 2 and 1 more"),
        ("1,2,yes\n3,4,\n5,6,no", "column 'label' has no value in row 2"),
    ],
)
def test_a_missing_value_is_named_by_column_and_row(tmp_path: Path, rows: str, said: str) -> None:
    (tmp_path / "t.csv").write_text(f"a,b,label\n{rows}\n", encoding="utf-8")
    with pytest.raises(DataError, match=said):
        read(tmp_path / "t.csv")


def test_the_order_of_named_classes_is_known_and_can_be_set(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a,label\n1,no\n2,yes\n3,maybe\n", encoding="utf-8")
    assert names(path) == ("maybe", "no", "yes")
    assert names(path, "yes", "no", "maybe") == ("yes", "no", "maybe")
    _, labels = read(path, classes=("yes", "no", "maybe"))["all"]
    assert labels.tolist() == [1, 0, 2]
    with pytest.raises(DataError, match="the classes are maybe, no, yes, not yes, no"):
        names(path, "yes", "no")


def test_folders_are_classes_in_the_order_asked_for(tmp_path: Path) -> None:
    for place, name in enumerate(("cat", "dog")):
        (tmp_path / name).mkdir()
        Image.new("L", (2, 2), 255 * place).save(tmp_path / name / "a.png")
    assert names(tmp_path) == ("cat", "dog")
    pixels, labels = read(tmp_path, classes=("dog", "cat"))["all"]
    assert labels.tolist() == [0, 1]
    assert pixels[:, 0, 0, 0].tolist() == [1.0, 0.0]


def test_numbered_labels_have_no_names(tmp_path: Path) -> None:
    np.savez(tmp_path / "n.npz", x=np.zeros((2, 3)), y=np.array([0, 1]))
    assert names(tmp_path / "n.npz") == ()
    with pytest.raises(DataError, match="its labels are numbers"):
        names(tmp_path / "n.npz", "a", "b")


def read_folder(folder: Path) -> None:
    read_data(folder, label="", size=None, colour="grey")


def test_sizes_of_images_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = image_folder(tmp_path, Image.new("L", (8, 4)))
    read_folder(folder)
    monkeypatch.setattr(images, "LARGEST", 8 * 4 * 4 - 1)
    with pytest.raises(DataError, match=r"more than 127 B of pixels.*scale them"):
        read_folder(folder)
    monkeypatch.setattr(images, "MOST_PIXELS", 31)
    with pytest.raises(DataError, match="8x4 pixels, too many to be read"):
        read_folder(folder)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)  # Pillow's own bound, of whole files
    with pytest.raises(DataError, match="decompression bomb"):
        read_folder(folder)


def test_a_format_that_needs_other_programs_is_not_decoded(tmp_path: Path) -> None:
    folder = image_folder(tmp_path, Image.new("RGB", (8, 4)), "a.eps")
    (folder / "one" / "a.eps").rename(folder / "one" / "a.png")
    with pytest.raises(DataError, match="cannot identify image file"):
        read_folder(folder)
