"""`harness listen --camera` on simulated boards, whose camera is the firmware's test pattern."""

from __future__ import annotations

import csv
import os
import signal
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from harness.camera.image import read_camera_model
from harness.camera.watch import Look, Watched, watch
from harness.cli import app
from harness.errors import LinkError
from harness.project import Project
from harness.reference import run_reference
from harness.store import Store
from harness.targets.catalogue import load_catalogue
from tests.firmware.test_pixels_c import mean_of_area, pattern
from tests.hil.conftest import DATA

pytestmark = pytest.mark.hil

WIDTH, HEIGHT = 48, 40
FRAME = f"{WIDTH}x{HEIGHT}"


def input_of(number: int) -> np.ndarray:
    """The int8 input that the golden digits models must get of a frame, by the definition."""
    left = (WIDTH - HEIGHT) // 2
    crop = pattern(WIDTH, HEIGHT, number)[:, left : left + HEIGHT]
    levels = [[mean_of_area(crop, y, x, 8, 8) for x in range(8)] for y in range(8)]
    return (np.array(levels) - 128).astype(np.int8)[:, :, np.newaxis]


def test_every_frame_arrives_whole_and_the_answer_is_the_reference(tmp_path: Path) -> None:
    model = DATA / "digits_int8.tflite"
    options = ["--target", "qemu-m4", "--frame", FRAME, "--count", "3"]
    folders = ["--reports", str(tmp_path), "--frames", str(tmp_path / "frames")]
    done = CliRunner().invoke(app, ["listen", "--camera", str(model), *options, *folders])
    assert done.exit_code == 0, done.output
    assert "source = test pattern, frames 48x40" in done.output
    assert "3 frames of test pattern" in done.output
    assert "input 3 of 3, output 3 of 3 (greatest difference 0 LSB)" in done.output
    with (tmp_path / "frames" / "run1.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for number, row in enumerate(rows):
        with Image.open(tmp_path / "frames" / row["picture"]) as picture:
            assert np.array_equal(np.asarray(picture), pattern(WIDTH, HEIGHT, number))
    with Store(tmp_path / "results.sqlite") as store:
        (cell,) = store.cells(1)
        samples = store.samples(cell.id)
    reference = run_reference(model.read_bytes(), np.stack([input_of(n) for n in range(3)]))
    assert list(samples.outputs) == [each.tobytes() for each in reference]
    assert samples.calls.tolist() == [1, 2, 3]
    assert [int(row["class"]) for row in rows] == reference.argmax(axis=1).tolist()
    assert (cell.status, cell.facts["camera"], cell.facts["frame"]) == ("ok", "test pattern", FRAME)
    assert cell.facts["grab_unit"] == "instructions"
    assert cell.facts["grab_median"] > WIDTH * HEIGHT


@pytest.mark.parametrize(
    ("target", "name"),
    [("host", "digits_float32"), ("simavr-mega", "digits_int8")],
)
def test_the_input_used_is_the_one_computed(
    target: str, name: str, project: Project, tmp_path: Path
) -> None:
    looks: list[Look] = []
    model = read_camera_model(
        DATA / f"{name}.tflite", load_catalogue()[target], frame=FRAME, values="0:1"
    )
    with Store(tmp_path / "s.sqlite") as store:
        watched = watch(
            model,
            project,
            store,
            name=name,
            ports={},
            count=2,
            on_open=lambda _: None,
            on_look=looks.append,
        )
    assert watched.good
    for number, look in enumerate(looks):
        levels = input_of(number).astype(np.float32) + 128
        wanted = input_of(number) if model.image.scale else levels * np.float32(1 / 255)
        assert np.array_equal(look.input, wanted)
        assert np.array_equal(look.frame, pattern(WIDTH, HEIGHT, number))
        assert min(look.grab, look.prepare, look.invoke) > 0


def until_the_second_frame_brings(
    end: Callable[[], None], project: Project, store: Store, seen: list[Look]
) -> Watched:
    """Watch on this computer for ever; `end` is called while the second frame is taken in."""

    def stop(look: Look) -> None:
        if look.number == 1:
            end()
        seen.append(look)

    return watch(
        read_camera_model(DATA / "digits_float32.tflite", load_catalogue()["host"], frame=FRAME),
        project,
        store,
        name="digits",
        ports={},
        count=None,
        on_open=lambda _: None,
        on_look=stop,
    )


def test_ctrl_c_ends_well_and_keeps_everything(project: Project, tmp_path: Path) -> None:
    seen: list[Look] = []
    with Store(tmp_path / "s.sqlite") as store:
        watched = until_the_second_frame_brings(
            lambda: os.kill(os.getpid(), signal.SIGINT), project, store, seen
        )
        (cell,) = store.cells(1)
        (artifact,) = store.artifacts(1)
        assert store.samples(cell.id).index.tolist() == [0, 1]
        assert store.run(1).finished is not None
    assert watched.interrupted
    assert len(seen) == len(watched.looks) == 2
    assert (cell.status, cell.facts["interrupted"]) == ("ok", True)
    assert artifact.reference_outputs.shape == (2, 10)


def test_a_line_that_breaks_is_a_failed_row_with_its_frames(
    project: Project, tmp_path: Path
) -> None:
    def fail() -> None:
        raise LinkError("the line broke")

    with Store(tmp_path / "s.sqlite") as store:
        with pytest.raises(LinkError):
            until_the_second_frame_brings(fail, project, store, [])
        (cell,) = store.cells(1)
        assert store.samples(cell.id).index.tolist() == [0, 1]
        assert len(store.artifacts(1)) == 1
    assert (cell.status, cell.reason) == ("failed", "the line broke")
