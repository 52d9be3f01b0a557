from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from harness.boards.catalogue import load_catalogue
from harness.camera.image import (
    check_memory,
    image_input,
    image_macros,
    parse_values,
    read_camera_model,
)
from harness.camera.preprocess import ImageInput, PixelRange, prepare
from harness.codegen.compiled import TensorInfo
from harness.errors import DoesNotFit, InputError, ModelError
from harness.workload.model_file import compile_file

DATA = Path(__file__).parents[1] / "data"
INT8 = DATA / "digits_int8.tflite"
FLOAT = DATA / "digits_float32.tflite"
PORTENTA = load_catalogue()["portenta-h7-m7"]
M4 = load_catalogue()["qemu-m4"]


def tensor(shape: tuple[int, ...], dtype: str = "int8") -> TensorInfo:
    return TensorInfo("x", dtype, shape, None, None, 1, 0)


def test_an_image_model_for_the_camera_of_a_board() -> None:
    model = read_camera_model(INT8, PORTENTA)
    assert (model.frame_width, model.frame_height, model.frame_bytes) == (320, 240, 76_800)
    assert (model.spec.name, model.spec.env) == ("portenta-h7-m7", "portenta_h7_m7_camera")
    assert (model.image.height, model.image.width, model.image.channels) == (8, 8, 1)
    assert (model.values.low, model.values.high) == (0.0, pytest.approx(1.0))


def test_simulated_boards_take_any_frame() -> None:
    model = read_camera_model(FLOAT, M4, frame="7x5", values="-1:1")
    assert (model.frame_width, model.frame_height, model.spec) == (7, 5, M4)
    assert model.values == PixelRange(-1, 1)


@pytest.mark.parametrize(
    ("shape", "dtype", "message"),
    [
        ((1, 64), "int8", "the input is 1 x 64, which is no image"),
        ((1, 8, 8, 2), "int8", "1 x 8 x 8 x 2, which is no image"),
        ((2, 8, 8, 1), "int8", "2 x 8 x 8 x 1, which is no image"),
        ((1, 8, 8), "float32", "which is no image"),
        ((1, 70000, 1, 1), "int8", "which is no image"),
        ((1, 8, 8, 1), "int16", "the input is int16"),
    ],
)
def test_models_that_take_no_image_are_refused(
    shape: tuple[int, ...], dtype: str, message: str
) -> None:
    with pytest.raises(ModelError, match=message) as caught:
        image_input(tensor(shape, dtype), "m.tflite")
    assert (caught.value.exit_code, caught.value.where) == (2, "m.tflite")
    assert "a camera feeds" in caught.value.hint


def test_colour_models_are_images() -> None:
    assert image_input(tensor((1, 4, 6, 3), "float32"), "m") == ImageInput(4, 6, 3, None, None)


@pytest.mark.parametrize(
    ("target", "frame", "message"),
    [
        (PORTENTA.name, "640x480", "the HM01B0 has no such frames; there are 320x240, "),
        (PORTENTA.name, "x", "the HM01B0 has no such frames"),
        ("qemu-m4", "320", "not of the form WIDTHxHEIGHT"),
        ("qemu-m4", "0x4", "not of the form WIDTHxHEIGHT"),
        ("qemu-m4", "70000x1", "not of the form WIDTHxHEIGHT"),
        ("qemu-m4", "-3x4", "not of the form WIDTHxHEIGHT"),
        ("qemu-m4", "4096x4096", "more than 8,388,608 pixels"),
        ("uno", "", f"knows no camera of this board; boards with one: {PORTENTA.name}"),
    ],
)
def test_frames_that_the_camera_has_not_are_refused(target: str, frame: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_camera_model(INT8, load_catalogue()[target], frame=frame)


@pytest.mark.parametrize("text", ["1", "1:1", "a:b", "0:1:2", "nan:1", "0:inf", ":", "0:1e39"])
def test_values_that_are_no_range_are_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"not of the form LOW:HIGH"):
        parse_values(text, ImageInput(8, 8, 1, None, None))


def test_the_range_of_an_int8_input_keeps_every_level_of_gray() -> None:
    image = ImageInput(1, 256, 1, 0.05, 3)
    values = parse_values("", image)
    assert (values.low, values.high) == (pytest.approx(-6.55), pytest.approx(6.2))
    levels = np.arange(256, dtype=np.uint8)[np.newaxis]
    assert prepare(levels, image, values).ravel().tolist() == list(range(-128, 128))


def test_float_inputs_are_from_0_to_1_unless_told() -> None:
    image = ImageInput(1, 1, 1, None, None)
    assert parse_values("", image) == PixelRange(0, 1)
    assert parse_values("16:0", image) == PixelRange(16, 0)


def test_a_frame_that_does_not_fit_is_refused_with_figures() -> None:
    uno = load_catalogue()["simavr-uno"]
    with pytest.raises(DoesNotFit) as caught:
        read_camera_model(INT8, uno, frame="48x40")
    free = uno.ram_bytes - uno.stack_reserve
    arena = compile_file(INT8, uno.core)[1].arena_bytes
    said = caught.value.what
    assert "a frame of 48x40 takes 1,920 B" in said
    assert f"arena {arena:,} B, its input 64 B, the table of pixels 256 B" in said
    assert f"{1920 + arena + 64 + 256:,} B of RAM" in said
    assert f"simavr-uno has {free:,} B" in said


def test_the_limit_is_exact() -> None:
    model = read_camera_model(INT8, M4, frame="10x10")
    need = 100 + 64 + 256 + model.compiled.arena_bytes
    room = need + model.spec.stack_reserve
    check_memory(replace(model, spec=M4.model_copy(update={"ram_bytes": room})))
    with pytest.raises(DoesNotFit, match=f"{need:,} B of RAM"):
        check_memory(replace(model, spec=M4.model_copy(update={"ram_bytes": room - 1})))


@pytest.mark.parametrize(("path", "quantised"), [(INT8, True), (FLOAT, False)])
def test_the_image_knows_the_frame_and_the_values(path: Path, quantised: bool) -> None:
    model = read_camera_model(path, M4, frame="20x10", values="0:255")
    defined = image_macros(model)
    assert defined["IMAGE_CAMERA_WIDTH"] == "20"
    assert defined["IMAGE_CAMERA_HEIGHT"] == "10"
    assert defined["IMAGE_CAMERA_INPUT_CHANNELS"] == "1"
    assert float(defined["IMAGE_CAMERA_SCALE"].rstrip("f")) == 1.0
    assert ("IMAGE_CAMERA_QUANTISE_SCALE" in defined) == quantised
    if quantised:
        assert defined["IMAGE_CAMERA_QUANTISE_ZERO"] == "-128"
        kept = np.float32(defined["IMAGE_CAMERA_QUANTISE_SCALE"].rstrip("f"))
        assert kept == np.float32(model.image.scale)
