from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness.codegen import byte_array_header, compile_model, render_image

DATA = Path(__file__).resolve().parents[1] / "data"
BUILD = "0123456789abcdef"


def model(file: str, name: str):  # type: ignore[no-untyped-def]
    return compile_model((DATA / f"{file}.tflite").read_bytes(), name)


def test_image_lists_every_model_with_its_header() -> None:
    a, b = model("digits_int8", "a"), model("digits_float32", "b")
    files = render_image([a, b], BUILD)
    assert set(files) == {"image.h", "model_a.h", "model_b.h"}
    assert files["model_a.h"] == a.header
    image = files["image.h"]
    assert '#define IMAGE_BUILD_ID "0123456789abcdef"' in image
    assert "#define IMAGE_MODEL_COUNT 2\n" in image
    assert f"#define IMAGE_ARENA_BYTES {b.arena_bytes}u" in image
    assert "#define IMAGE_INPUT_BYTES 256u" in image
    assert f'{{"a", 0x{a.crc32:08x}u,' in image
    assert image.index("model_a_run") < image.index("model_b_run")


def test_equal_inputs_share_an_encoding() -> None:
    names = ["digits_int8", "digits_float32", "digits_sparse_int8", "resnet_float32"]
    image = render_image([model(name, name) for name in names], BUILD)["image.h"]
    assert re.findall(r", (\d)u, model_", image) == ["0", "1", "0", "1"]


def test_repeated_names_are_numbered_whatever_their_case() -> None:
    names = ["x", "x", "X", "x_2"]
    files = render_image([model("digits_int8", name) for name in names], BUILD)
    assert set(files) == {"image.h", "model_x.h", "model_x_3.h", "model_X_4.h", "model_x_2.h"}
    assert "model_x_3_run(uint8_t *arena)" in files["model_x_3.h"]
    assert "MODEL_X_4_ARENA_BYTES" in files["image.h"]


def test_long_names_are_cut_in_the_table_only() -> None:
    files = render_image([model("digits_int8", "n" * 50)], BUILD)
    assert f'{{"{"n" * 31}", ' in files["image.h"]
    assert f"model_{'n' * 50}_run" in files["image.h"]


def test_image_without_models_has_least_sizes() -> None:
    files = render_image([], BUILD)
    assert set(files) == {"image.h"}
    assert "#define IMAGE_MODEL_COUNT 0\n" in files["image.h"]
    assert "#define IMAGE_ARENA_BYTES 1u" in files["image.h"]
    assert "#define IMAGE_INPUT_BYTES 1u" in files["image.h"]


@pytest.mark.parametrize("build", ["", "0123", "0123456789abcdeg", "0123456789abcdef0"])
def test_build_id_is_checked(build: str) -> None:
    with pytest.raises(ValueError, match="16 hexadecimal"):
        render_image([], build)


def test_byte_array_holds_the_file() -> None:
    text = byte_array_header(bytes(range(256)), "models\\80% pruned.tflite")
    assert "static const unsigned char models_80_pruned_tflite[256]" in text
    assert "__attribute__((aligned(16)))" in text
    assert "static const unsigned int models_80_pruned_tflite_len = 256u;" in text
    assert "#ifndef MODELS_80_PRUNED_TFLITE_DATA_H\n#define MODELS_80_PRUNED_TFLITE_DATA_H" in text
    assert bytes(int(byte, 16) for byte in re.findall(r"0x(\w\w),", text)) == bytes(range(256))
