"""`harness listen`: which words it takes. What it shows is in tests/hil."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from harness.boards.catalogue import load_catalogue
from harness.cli import app
from harness.errors import HarnessError

CATALOGUE = load_catalogue().values()
CAMERALESS = next(spec.name for spec in CATALOGUE if spec.kind == "serial" and not spec.camera)
SMALLEST = min((spec for spec in CATALOGUE if spec.simulated), key=lambda spec: spec.ram_bytes).name
MODEL = str(Path(__file__).parents[1] / "data" / "digits_int8.tflite")


@pytest.mark.parametrize(
    ("words", "message", "code"),
    [
        ([], "PORT is missing", 2),
        (["/dev/x", "--frames", "out"], "are for --camera", 2),
        (["/dev/x", "--target", "qemu-m4"], "are for --camera", 2),
        (["/dev/x", "--camera", MODEL, "--target", "qemu-m4"], "is simulated and has no port", 2),
        (["--camera", MODEL, "--target", "qemu-m5"], "there is no target 'qemu-m5'", 2),
        (["--camera", MODEL, "--target", CAMERALESS], "knows no camera of this board", 2),
        (["--camera", __file__, "--target", "host"], "not a TFLite file", 2),
        (["--camera", MODEL, "--baud", "115200"], "--baud and --seconds are for sketches", 2),
        (["--camera", "no.tflite", "--target", "host"], "cannot read the model", 2),
        (["--camera", MODEL, "--frame", "8x8"], "the HM01B0 has no such frames", 2),
        (["--camera", MODEL, "--target", "host", "--labels", MODEL], "cannot read the labels", 2),
        (["--camera", MODEL, "--target", "host", "--pixels", "1"], "--pixels 1: not of", 2),
        (["--camera", MODEL, "--target", SMALLEST], "takes 76,800 B, the model's arena", 1),
    ],
)
def test_words_that_cannot_be_used(
    words: list[str], message: str, code: int, tmp_path: Path
) -> None:
    done = CliRunner().invoke(app, ["listen", *words, "--reports", str(tmp_path)])
    assert isinstance(done.exception, HarnessError)
    assert done.exception.exit_code == code
    assert re.search(re.escape(message), str(done.exception))
    assert list(tmp_path.iterdir()) == []
