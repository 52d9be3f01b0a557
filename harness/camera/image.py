"""A camera image: a model whose samples the board's own camera takes."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.boards.catalogue import TargetSpec, load_catalogue
from harness.camera.preprocess import ImageInput, PixelRange
from harness.codegen import CompiledModel
from harness.codegen.interface import TensorInfo
from harness.codegen.write.c_text import float_literal
from harness.errors import DoesNotFit, InputError, ModelError
from harness.firmware.builder import FirmwareBuilder
from harness.project import Project
from harness.workload.model_file import compile_file

SIMULATED_FRAME = "320x240"  # the sensor's usual one
FRAME_PIXELS_MAX = 1 << 23  # PIXELS_FRAME_MAX of pixels.h
SIDE_MAX = 0xFFFF
TABLE_BYTES = 256  # of quantised pixels
INT8_LOW, INT8_HIGH = -128, 127


@dataclass(frozen=True)
class CameraModel:
    """A model that looks through a camera: frames of `frame_width` x `frame_height` pixels.

    `spec` is the target with the env that holds the camera.
    """

    tflite: bytes
    compiled: CompiledModel
    image: ImageInput
    values: PixelRange
    frame_width: int
    frame_height: int
    spec: TargetSpec

    @property
    def frame_bytes(self) -> int:
        """Size of one frame in the device's memory."""
        return self.frame_width * self.frame_height


def read_camera_model(
    path: Path, spec: TargetSpec, *, frame: str = "", values: str = ""
) -> CameraModel:
    """The model for the camera of `spec`.

    `frame` is "WIDTHxHEIGHT", `values` "LOW:HIGH", the real values of a black and a white pixel; ""
    for the camera's usual frame, and for 0:1 or the range of an int8 input. Raises ModelError where
    the model takes no image, InputError, DoesNotFit.
    """
    camera_spec = with_camera(spec)
    width, height = parse_frame(frame, spec)
    tflite, compiled = compile_file(path, spec.core)
    compiled.require_single("a camera")
    image = image_input(compiled.input, str(path))
    model = CameraModel(
        tflite, compiled, image, parse_values(values, image), width, height, camera_spec
    )
    check_memory(model)
    return model


def builder(model: CameraModel, project: Project) -> FirmwareBuilder:
    """Render of the firmware with the camera in it."""
    return FirmwareBuilder(project, macros=image_macros(model))


def image_macros(model: CameraModel) -> dict[str, str]:
    """Macros of image.h on frame and input, as app_camera.c reads them."""
    macros = {
        "IMAGE_CAMERA_WIDTH": str(model.frame_width),
        "IMAGE_CAMERA_HEIGHT": str(model.frame_height),
        "IMAGE_CAMERA_INPUT_WIDTH": str(model.image.width),
        "IMAGE_CAMERA_INPUT_HEIGHT": str(model.image.height),
        "IMAGE_CAMERA_INPUT_CHANNELS": str(model.image.channels),
        "IMAGE_CAMERA_SCALE": float_literal(float(model.values.scale)),
        "IMAGE_CAMERA_OFFSET": float_literal(float(model.values.offset)),
    }
    if model.image.scale is not None:
        macros["IMAGE_CAMERA_QUANTISE_SCALE"] = float_literal(model.image.scale)
        macros["IMAGE_CAMERA_QUANTISE_ZERO"] = str(model.image.zero_point)
    return macros


def with_camera(spec: TargetSpec) -> TargetSpec:
    """`spec` with the env whose images have a camera. Raises InputError where there is none."""
    if spec.simulated:
        return spec
    if spec.camera is None:
        able = [each.name for each in load_catalogue().values() if each.camera is not None]
        raise InputError(
            "the harness knows no camera of this board",
            where=spec.name,
            hint=f"boards with one: {', '.join(able)}; simulated boards show a test pattern",
        )
    return spec.model_copy(update={"env": spec.camera.env})


def parse_frame(text: str, spec: TargetSpec) -> tuple[int, int]:
    """Width and height of the frames. Raises InputError."""
    usual = spec.camera.frames if spec.camera is not None else (SIMULATED_FRAME,)
    chosen = text or usual[0]
    if spec.camera is not None and chosen not in usual:
        raise InputError(
            f"--frame {chosen}: the {spec.camera.sensor} has no such frames",
            hint=f"there are {', '.join(usual)}",
        )
    found = re.fullmatch(r"([1-9]\d{0,4})x([1-9]\d{0,4})", chosen)
    if found is None or max(int(found[1]), int(found[2])) > SIDE_MAX:
        raise InputError(
            f"--frame {chosen}: not of the form WIDTHxHEIGHT, in pixels", hint=usual[0]
        )
    width, height = int(found[1]), int(found[2])
    if width * height > FRAME_PIXELS_MAX:
        raise InputError(f"--frame {chosen}: more than {FRAME_PIXELS_MAX:,} pixels")
    return width, height


def parse_values(text: str, image: ImageInput) -> PixelRange:
    """The real values of a black and a white pixel. Raises InputError."""
    if not text and image.scale is not None and image.zero_point is not None:
        low, high = ((end - image.zero_point) * image.scale for end in (INT8_LOW, INT8_HIGH))
        return PixelRange(low, high)
    ends = (text or "0:1").split(":")
    try:
        low, high = (float(end) for end in ends)
    except ValueError:
        low = high = math.nan
    values = PixelRange(low, high)
    good = max(abs(low), abs(high)) < 1e30  # so that nothing overflows float32; false for NaN
    if not good or not values.scale:
        raise InputError(
            f"--pixels {text}: not of the form LOW:HIGH, two different numbers",
            hint="the model's values of a black and a white pixel: 0:1, -1:1 or 0:255",
        )
    return values


def image_input(info: TensorInfo, where: str) -> ImageInput:
    """The model's input as an image. Raises ModelError where it is none."""
    shape: Sequence[int] = info.shape
    if len(shape) != 4 or shape[0] != 1 or shape[3] not in (1, 3) or max(shape) > SIDE_MAX:
        listed = " x ".join(str(side) for side in shape)
        raise ModelError(
            f"the input is {listed}, which is no image",
            where=where,
            hint="a camera feeds models with an input of 1 x height x width x 1 or 3 (NHWC)",
        )
    if info.dtype not in ("int8", "float32"):
        raise ModelError(
            f"the input is {info.dtype}",
            where=where,
            hint="a camera feeds int8 and float32 models",
        )
    return ImageInput(shape[1], shape[2], shape[3], info.scale, info.zero_point)


def check_memory(model: CameraModel) -> None:
    """Raise DoesNotFit where frame, sample and arena alone are more than the target's RAM.

    The linked image is checked once more, to the byte, when it is built.
    """
    spec = model.spec
    arena, sample = model.compiled.arena_bytes, model.compiled.input.bytes
    table = TABLE_BYTES if model.image.scale is not None else 0
    need = model.frame_bytes + sample + arena + table
    free = spec.ram_bytes - spec.stack_reserve
    if need > free:
        raise DoesNotFit(
            f"a frame of {model.frame_width}x{model.frame_height} takes {model.frame_bytes:,} B, "
            f"the model's arena {arena:,} B, its input {sample:,} B, the table of pixels "
            f"{table:,} B: {need:,} B of RAM, {spec.name} has {free:,} B",
            hint="a smaller --frame or a smaller model",
        )
