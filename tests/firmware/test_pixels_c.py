"""The pixel path in C, under ASan and UBSan, against a reference of its own in exact fractions and
against the host's (`harness.camera.preprocess`)."""

from __future__ import annotations

import struct
import subprocess
from dataclasses import dataclass
from fractions import Fraction
from math import floor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.camera.preprocess import ImageInput, PixelRange, centre, prepare, resize

ROOT = Path(__file__).resolve().parents[2]
VISION = ROOT / "firmware" / "lib" / "vision" / "src"
PORT = ROOT / "firmware" / "lib" / "port" / "src"
DRIVER = Path(__file__).with_name("pixels_driver.c")
JOB = struct.Struct("<6I3fi")
WINDOW = struct.Struct("<4H")

sides = st.one_of(st.just(1), st.integers(1, 40))
floats = st.floats(-1000, 1000, width=32, allow_subnormal=False)


@dataclass(frozen=True)
class Done:
    """The window (x, y, width, height) and the input that C made of a frame."""

    window: tuple[int, int, int, int]
    input: np.ndarray


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    built = tmp_path_factory.mktemp("pixels") / "pixels_driver"
    flags = ["-std=c99", "-O1", "-g", "-Wall", "-Wextra", "-Wconversion", "-Werror"]
    flags += ["-ffp-contract=off"]
    checks = ["-fsanitize=address,undefined,float-cast-overflow", "-fno-sanitize-recover=all"]
    sources = [str(DRIVER), str(VISION / "pixels.c"), str(VISION / "frame_source_pattern.c")]
    includes = [f"-I{VISION}", f"-I{PORT}"]
    subprocess.run(["gcc", *flags, *checks, *includes, *sources, "-o", str(built)], check=True)
    return built


def run_c(program: Path, frame: np.ndarray, image: ImageInput, values: PixelRange) -> Done:
    height, width = frame.shape
    quantise = image.scale is not None
    head = JOB.pack(
        *(width, height, image.width, image.height, image.channels, quantise),
        *(values.scale, values.offset, image.scale or 0.0, image.zero_point or 0),
    )
    done = subprocess.run(
        [str(program)], input=head + frame.tobytes(), capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    dtype = np.dtype(np.int8 if quantise else np.float32)
    raw = np.frombuffer(done.stdout[WINDOW.size :], dtype)
    x, y, w, h = WINDOW.unpack_from(done.stdout)
    return Done((x, y, w, h), raw.reshape(image.height, image.width, image.channels))


def mean_of_area(crop: np.ndarray, row: int, column: int, height: int, width: int) -> int:
    """One output pixel by the definition: the mean over its rectangle, in exact fractions."""
    tall, wide = Fraction(crop.shape[0], height), Fraction(crop.shape[1], width)
    total = Fraction(0)
    for y in range(crop.shape[0]):
        rows = min((row + 1) * tall, Fraction(y + 1)) - max(row * tall, Fraction(y))
        for x in range(crop.shape[1]):
            columns = min((column + 1) * wide, Fraction(x + 1)) - max(column * wide, Fraction(x))
            if rows > 0 and columns > 0:
                total += rows * columns * int(crop[y, x])
    return floor(total / (tall * wide) + Fraction(1, 2))


@settings(max_examples=60)
@given(
    frame_height=sides,
    frame_width=sides,
    height=sides,
    width=sides,
    channels=st.sampled_from([1, 3]),
    seed=st.integers(0, 2**32 - 1),
    low=floats,
    high=floats,
    scale=st.one_of(st.none(), st.floats(2.0**-20, 1e4, width=32)),
    zero_point=st.integers(-128, 127),
)
def test_c_makes_what_the_host_expects(
    program: Path,
    frame_height: int,
    frame_width: int,
    height: int,
    width: int,
    channels: int,
    seed: int,
    low: float,
    high: float,
    scale: float | None,
    zero_point: int,
) -> None:
    frame = np.random.default_rng(seed).integers(0, 256, (frame_height, frame_width), np.uint8)
    image = ImageInput(height, width, channels, scale, zero_point if scale else None)
    values = PixelRange(low, high)
    done = run_c(program, frame, image, values)
    top, left, crop_height, crop_width = centre(*frame.shape, height, width)
    assert done.window == (left, top, crop_width, crop_height)
    assert done.input.tobytes() == prepare(frame, image, values).tobytes()


@settings(max_examples=25)
@given(
    shape=st.tuples(st.integers(1, 9), st.integers(1, 9)),
    size=st.tuples(st.integers(1, 9), st.integers(1, 9)),
    seed=st.integers(0, 2**32 - 1),
)
def test_the_host_averages_exactly(
    shape: tuple[int, int], size: tuple[int, int], seed: int
) -> None:
    crop = np.random.default_rng(seed).integers(0, 256, shape, np.uint8)
    wanted = [[mean_of_area(crop, y, x, *size) for x in range(size[1])] for y in range(size[0])]
    assert resize(crop, *size).tolist() == wanted


@settings(max_examples=200)
@given(
    frame=st.tuples(st.integers(1, 65535), st.integers(1, 65535)),
    size=st.tuples(st.integers(1, 400), st.integers(1, 400)),
)
def test_the_window_is_the_greatest_of_its_shape(
    frame: tuple[int, int], size: tuple[int, int]
) -> None:
    top, left, height, width = centre(*frame, *size)
    assert (height == frame[0]) or (width == frame[1])
    assert 1 <= height <= frame[0]
    assert 1 <= width <= frame[1]
    assert 0 <= frame[0] - height - 2 * top <= 1
    assert 0 <= frame[1] - width - 2 * left <= 1
    ratio = Fraction(size[1], size[0])
    if height == frame[0]:
        assert width == max(1, floor(height * ratio)) or width == frame[1]
    else:
        assert height == max(1, floor(width / ratio))


GRAY = ImageInput(1, 1, 1, None, None)
UNIT = PixelRange(0, 255)


@pytest.mark.parametrize(
    ("frame", "height", "width", "wanted"),
    [
        ([[200]], 1, 1, [[200]]),
        ([[200]], 2, 3, [[200, 200, 200], [200, 200, 200]]),
        ([[0, 1], [1, 0]], 1, 1, [[1]]),  # a half, rounded up
        ([[0, 1], [0, 0]], 1, 1, [[0]]),
        ([[10, 20], [30, 40]], 4, 4, [[10, 10, 20, 20]] * 2 + [[30, 30, 40, 40]] * 2),
        ([[0, 90, 180]] * 3, 2, 2, [[30, 150], [30, 150]]),  # the middle one goes to both
        ([[1, 2, 3, 4, 5]], 1, 1, [[3]]),  # a square in the middle
        ([[1], [2], [3], [4]], 1, 1, [[2]]),  # the middle, rounded up
        ([[9, 8], [7, 6], [5, 4]], 1, 2, [[7, 6]]),
    ],
)
def test_known_pixels(
    program: Path, frame: list[list[int]], height: int, width: int, wanted: list[list[int]]
) -> None:
    pixels = np.array(frame, np.uint8)
    image = ImageInput(height, width, 1, None, None)
    assert run_c(program, pixels, image, UNIT).input[:, :, 0].tolist() == wanted


@pytest.mark.parametrize(
    ("low", "high", "scale", "zero_point", "wanted"),
    [
        (0.0, 1.0, 1 / 255, -128, [-128, 0, 127]),
        (-1.0, 1.0, 2 / 255, 0, [-127, 1, 127]),  # -127.5 and 0.5 as float32 has them
        (0.0, 16.0, 16 / 255, -128, [-128, 0, 127]),
        (0.0, 255.0, 1.0, -128, [-128, 0, 127]),
        (0.0, 255.0, 2.0, 0, [0, 64, 127]),
        (255.0, 0.0, 1.0, -128, [127, -1, -128]),  # black is the greatest
        (0.0, 1e30, 1e-30, 0, [0, 127, 127]),
    ],
)
def test_known_values(
    program: Path, low: float, high: float, scale: float, zero_point: int, wanted: list[int]
) -> None:
    pixels = np.array([[0, 128, 255]], np.uint8)
    image = ImageInput(1, 3, 3, scale, zero_point)
    done = run_c(program, pixels, image, PixelRange(low, high))
    assert done.input[0].tolist() == [[value] * 3 for value in wanted]


def test_a_whole_frame_of_the_camera(program: Path) -> None:
    frame = np.random.default_rng(1).integers(0, 256, (240, 320), np.uint8)
    image = ImageInput(96, 96, 3, 1 / 255, -128)
    done = run_c(program, frame, image, PixelRange(0, 1))
    assert done.window == (40, 0, 240, 240)
    assert done.input.tobytes() == prepare(frame, image, PixelRange(0, 1)).tobytes()


def test_the_greatest_frame_does_not_overflow(program: Path) -> None:
    frame = np.full((4096, 2048), 255, np.uint8)
    image = ImageInput(2, 1, 1, None, None)
    assert run_c(program, frame, image, UNIT).input.ravel().tolist() == [255, 255]


def pattern(width: int, height: int, number: int) -> np.ndarray:
    """Frame `number` as frame_source_pattern.c describes it."""
    y, x = np.mgrid[0:height, 0:width]
    frame = ((x + y + 4 * number) % 256).astype(np.uint8)
    side = max(1, min(width, height) // 4)
    left, top = 8 * number % (width - side + 1), (height - side) // 2
    frame[top : top + side, left : left + side] = 255
    return frame


@pytest.mark.parametrize(("width", "height"), [(48, 40), (1, 1), (3, 7), (320, 240)])
def test_test_pattern(program: Path, width: int, height: int) -> None:
    command = [str(program), str(width), str(height), "12"]
    raw = subprocess.run(command, capture_output=True, check=True).stdout
    frames = np.frombuffer(raw, np.uint8).reshape(12, height, width)
    for number, frame in enumerate(frames):
        assert np.array_equal(frame, pattern(width, height, number)), number
