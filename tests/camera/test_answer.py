from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from harness.camera.answer import Reader, read_labels
from harness.errors import DataError
from harness.workload.model_file import compile_file

DATA = Path(__file__).parents[1] / "data"


def test_the_greatest_output_is_the_class_with_its_real_value() -> None:
    _, compiled = compile_file(DATA / "digits_int8.tflite")
    reader = Reader.of(compiled, None)
    output = np.full(10, -128, np.int8)
    output[7] = 64
    answer = reader.read(output)
    assert (answer.index, answer.name, answer.score) == (7, "", 0.75)
    assert reader.what == "probability"


def test_float_outputs_are_taken_as_they_are() -> None:
    reader = Reader(None, None, ("cat", "dog"), probabilities=False)
    answer = reader.read(np.array([[0.5], [2.5]], np.float32))
    assert (answer.index, answer.name, answer.score, reader.what) == (1, "dog", 2.5, "score")


def test_labels_are_lines(tmp_path: Path) -> None:
    path = tmp_path / "labels.txt"
    path.write_text("cat \n\n Größe\n", encoding="utf-8")
    assert read_labels(path, 2) == ("cat", "Größe")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot read the labels"),
        (b"", "0 labels for 3 outputs"),
        (b"a\nb\nc\nd\n", "4 labels for 3 outputs; one class a line"),
        (b"\xff\xfe\x00", "cannot read the labels"),
    ],
)
def test_labels_that_do_not_fit_are_refused(
    tmp_path: Path, content: bytes | None, message: str
) -> None:
    path = tmp_path / "labels.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DataError, match=message) as caught:
        read_labels(path, 3)
    assert caught.value.exit_code == 2
