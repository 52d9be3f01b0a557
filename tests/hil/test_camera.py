"""`harness listen --camera` on simulated boards, whose camera is the firmware's test pattern."""

from __future__ import annotations

import csv
import os
import signal
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from harness.boards.catalogue import CameraFacts, load_catalogue
from harness.camera.image import builder, read_camera_model
from harness.camera.watch import watch
from harness.camera.watched import Capture, Watched
from harness.cli import app
from harness.errors import LinkError
from harness.link.camera import NUMBER, CameraRequest
from harness.project import Project
from harness.store import Store
from harness.targets.process import ProcessTarget
from harness.workload.reference import run_reference
from harness.workload.workload import Workload
from tests.firmware.test_pixels_c import mean_of_area, pattern
from tests.hil.conftest import DATA

pytestmark = pytest.mark.hil

WIDTH, HEIGHT = 48, 40
FRAME = f"{WIDTH}x{HEIGHT}"


class Eyes:
    """A viewer that hands every capture to `show`."""

    def __init__(self, show: Callable[[Capture], None]) -> None:
        self.show = show

    def open(self, watched: Watched) -> None:
        assert watched.captures == []


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
    assert (cell.status, cell.facts.camera, cell.facts.frame) == ("ok", "test pattern", FRAME)
    assert cell.facts.grab_unit == "instructions"
    assert (cell.facts.grab_median or 0) > WIDTH * HEIGHT


@pytest.mark.parametrize(
    ("target", "name"),
    [("host", "digits_float32"), ("simavr-mega", "digits_int8")],
)
def test_the_input_used_is_the_one_computed(
    target: str, name: str, project: Project, tmp_path: Path
) -> None:
    captures: list[Capture] = []
    model = read_camera_model(
        DATA / f"{name}.tflite", load_catalogue()[target], frame=FRAME, values="0:1"
    )
    with Store(tmp_path / "s.sqlite") as store:
        watched = watch(
            model,
            project,
            store,
            Eyes(captures.append),
            name=name,
            ports={},
            count=2,
        )
    assert watched.good
    for number, capture in enumerate(captures):
        levels = input_of(number).astype(np.float32) + 128
        wanted = input_of(number) if model.image.scale else levels * np.float32(1 / 255)
        assert np.array_equal(capture.input, wanted)
        assert np.array_equal(capture.frame, pattern(WIDTH, HEIGHT, number))
        assert min(capture.grab, capture.prepare, capture.invoke) > 0


def test_a_board_at_a_port_is_asked_and_not_flashed_again(project: Project, tmp_path: Path) -> None:
    host = load_catalogue()["host"]
    facts = CameraFacts(sensor="HM01B0", frames=(FRAME,), env=host.env)
    board = host.model_copy(update={"kind": "serial", "env": "none", "camera": facts})
    model = read_camera_model(DATA / "digits_float32.tflite", board)
    image = builder(model, project).build(model.spec, [model.compiled])
    running = ProcessTarget(host, project.root).start(image.elf, tmp_path / "log")
    with running as (port, _), Store(tmp_path / "s.sqlite") as store:
        watched = watch(
            model,
            project,
            store,
            Eyes(lambda _: None),
            name="digits",
            ports={board.name: port},
            count=2,
        )
        again = watch(
            model,
            project,
            store,
            Eyes(lambda _: None),
            name="digits",
            ports={board.name: port},
            count=1,
        )
    assert (watched.good, watched.source) == (True, "test pattern")
    # The camera starts anew, the model's calls are counted since boot.
    assert (again.good, again.captures[0].calls) == (True, 3)
    assert np.array_equal(again.captures[0].output, watched.captures[0].output)


def test_the_device_refuses_what_it_cannot_give(
    project: Project, workload: Callable[[str, int], Workload], tmp_path: Path
) -> None:
    model = read_camera_model(DATA / "digits_float32.tflite", load_catalogue()["host"], frame=FRAME)
    image = builder(model, project).build(model.spec, [model.compiled])

    def ask(kind: CameraRequest, payload: bytes) -> bytes:
        return session.ask(kind, payload, bytes, 5)

    grab, part = NUMBER.pack, struct.Struct("<II").pack
    refused: list[tuple[CameraRequest, bytes, str]] = [
        (CameraRequest.GRAB, grab(0)[:3], "bad length"),
        (CameraRequest.CAMERA, b"x", "bad length"),
        (CameraRequest.FRAME, grab(5), "bad length"),
        (CameraRequest.FRAME, part(6, 0), "no such sample"),
        (CameraRequest.SAMPLE, part(6, 0), "no such sample"),
        (CameraRequest.FRAME, part(5, WIDTH * HEIGHT), "too large"),
        (CameraRequest.SAMPLE, part(5, 256), "too large"),
    ]
    with ProcessTarget(model.spec, project.root).connect(image, tmp_path / "log") as session:
        with pytest.raises(LinkError, match="refused GRAB: camera failed"):
            ask(CameraRequest.GRAB, grab(5))
        with pytest.raises(LinkError, match="refused FRAME: no such sample"):
            ask(CameraRequest.FRAME, part(0, 0))
        ask(CameraRequest.CAMERA, b"")
        first = ask(CameraRequest.GRAB, grab(5))
        for kind, payload, reason in refused:
            with pytest.raises(LinkError, match=f"refused {kind.name}: {reason}"):
                ask(kind, payload)
        assert ask(CameraRequest.GRAB, grab(5)) == first  # of the same frame, not of the next one
        last = pattern(WIDTH, HEIGHT, 0).tobytes()[-2:]
        assert ask(CameraRequest.FRAME, part(5, WIDTH * HEIGHT - 2))[8:] == last
        # A sample of the host takes the place of the frame's.
        (given,) = workload("digits_float32", 1).inputs
        session.send_sample(0, 9, given.tobytes())
        assert ask(CameraRequest.SAMPLE, part(9, 0))[8:] == given.tobytes()
        with pytest.raises(LinkError, match="refused SAMPLE: no such sample"):
            ask(CameraRequest.SAMPLE, part(5, 0))


def until_the_second_frame_brings(
    end: Callable[[], None], project: Project, store: Store, seen: list[Capture]
) -> Watched:
    """Watch on this computer for ever; `end` is called while the second frame is taken in."""

    def stop(capture: Capture) -> None:
        if capture.number == 1:
            end()
        seen.append(capture)

    return watch(
        read_camera_model(DATA / "digits_float32.tflite", load_catalogue()["host"], frame=FRAME),
        project,
        store,
        Eyes(stop),
        name="digits",
        ports={},
        count=None,
    )


def test_ctrl_c_ends_well_and_keeps_everything(project: Project, tmp_path: Path) -> None:
    seen: list[Capture] = []
    with Store(tmp_path / "s.sqlite") as store:
        watched = until_the_second_frame_brings(
            lambda: os.kill(os.getpid(), signal.SIGINT), project, store, seen
        )
        (cell,) = store.cells(1)
        (artifact,) = store.artifacts(1)
        assert store.samples(cell.id).index.tolist() == [0, 1]
        assert store.run(1).finished is not None
    assert watched.interrupted
    assert len(seen) == len(watched.captures) == 2
    assert (cell.status, cell.facts.interrupted) == ("ok", True)
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
