"""`harness listen`: what a board prints or sees, live and into the store."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harness.cli.console import SafeConsole, plain_console
from harness.errors import InputError

CAMERA_TARGET = "portenta-h7-m7"
BAUD = 9600
SILENCE_S = 30.0


def listen(
    port: Annotated[
        str | None,
        typer.Argument(help="Serial port: a path or a pyserial URL; not of simulated boards."),
    ] = None,
    baud: Annotated[int, typer.Option("--baud", min=1, help="As the sketch sets it.")] = BAUD,
    count: Annotated[
        int | None, typer.Option("--count", min=1, help="Stop after so many results.")
    ] = None,
    seconds: Annotated[
        float, typer.Option("--seconds", min=0.1, help="Stop after so long a silence.")
    ] = SILENCE_S,
    name: Annotated[
        str, typer.Option("--name", help="What the store calls it: sketch, or the model's name.")
    ] = "",
    reports: Annotated[
        Path | None,
        typer.Option("--reports", help="Folder of the results store and the reports: reports/."),
    ] = None,
    camera: Annotated[
        Path | None,
        typer.Option("--camera", help="Show the board's camera to this .tflite model."),
    ] = None,
    target: Annotated[
        str, typer.Option("--target", help="The board with the camera, or a simulated one.")
    ] = CAMERA_TARGET,
    labels: Annotated[
        Path | None, typer.Option("--labels", help="Class names of the model, one a line.")
    ] = None,
    frame: Annotated[
        str, typer.Option("--frame", help="Size of the camera's frames: 320x240.")
    ] = "",
    pixels: Annotated[
        str,
        typer.Option(
            "--pixels",
            help="Values of a black and a white pixel in training, LOW:HIGH; "
            "default: the range of an int8 input, 0:1 for float32.",
        ),
    ] = "",
    frames: Annotated[
        Path | None, typer.Option("--frames", help="Write every frame to this folder, as PNG.")
    ] = None,
) -> None:
    """Read a tutorial's sketch, or with --camera see what a board sees; live, and keep it."""
    if camera is not None:
        if (baud, seconds) != (BAUD, SILENCE_S):
            raise InputError("--baud and --seconds are for sketches, not for --camera")
        _watch(camera, port, target, labels, frame, pixels, frames, count, name, reports)
        return
    if target != CAMERA_TARGET or labels or frame or pixels or frames:
        raise InputError("--target, --labels, --frame, --pixels and --frames are for --camera")
    if port is None:
        raise InputError("PORT is missing", hint="harness boards lists attached boards")
    _listen(port, baud, count, seconds, name or "sketch", reports)


def _listen(
    port: str, baud: int, count: int | None, seconds: float, name: str, reports: Path | None
) -> None:
    from harness.dialects.listen import listen as hear
    from harness.dialects.sketch import SketchResult
    from harness.project import Project
    from harness.report.write import write_report
    from harness.store import Store

    console = plain_console()

    def show(index: int, result: SketchResult) -> None:
        sure = f"{max(result.scores):.2f}" if result.scores else "-"
        mark = "" if result.consistent else "  inconsistent: see docs/listen.md"
        console.print(
            f"{index + 1:5d}  class {result.predicted}  score {sure}  {result.time_ms:g} ms{mark}"
        )

    project = Project.here(reports)
    with Store(project.store) as store:
        heard = hear(
            port,
            store,
            baud=baud,
            name=name,
            count=count,
            seconds=seconds,
            on_result=show,
        )
        console.print(
            f"{heard.results} results, {heard.inconsistent} inconsistent, "
            f"{heard.ignored} other lines; run {heard.run_id}"
        )
        page = write_report(store, heard.run_id, project.reports) / "index.html"
        console.print(f"report: {page}")


def _watch(
    path: Path,
    port: str | None,
    target: str,
    labels: Path | None,
    frame: str,
    pixels: str,
    frames: Path | None,
    count: int | None,
    name: str,
    reports: Path | None,
) -> None:
    from harness.boards.catalogue import check_targets, load_catalogue
    from harness.camera.answer import Reader
    from harness.camera.image import read_camera_model
    from harness.camera.picture import FrameFolder
    from harness.camera.view import View, summary
    from harness.camera.watch import watch
    from harness.camera.watched import Capture, Watched
    from harness.project import Project
    from harness.report.write import write_report
    from harness.store import Store

    check_targets([target])
    spec = load_catalogue()[target]
    if spec.simulated and port is not None:
        raise InputError(f"{target} is simulated and has no port", hint="leave PORT away")
    model = read_camera_model(path, spec, frame=frame, values=pixels)
    console = SafeConsole(highlight=False, soft_wrap=True)
    reader = Reader.of(model.compiled, labels)
    view = View(console, model, reader.what)

    class Viewer:
        """Shows each frame, and keeps it where a folder was given."""

        folder: FrameFolder | None = None

        def open(self, watched: Watched) -> None:
            view.open(watched)
            if frames is not None:
                self.folder = FrameFolder(frames, watched.run_id, watched.units)

        def show(self, capture: Capture) -> None:
            answer = reader.read(capture.output)
            if self.folder is not None:
                self.folder.add(capture, answer)
            view.show(capture, answer)

    if frames is not None:
        frames.mkdir(parents=True, exist_ok=True)  # fails now rather than after the first frame
    project = Project.here(reports)
    with Store(project.store) as store:
        with view.live():
            watched = watch(
                model,
                project,
                store,
                Viewer(),
                name=name or path.stem,
                ports={} if port is None else {target: port},
                count=count,
            )
        console.print(summary(watched), style="" if watched.good else "red", markup=False)
        page = write_report(store, watched.run_id, project.reports) / "index.html"
        console.print(f"report: {page}", markup=False)
    if not watched.good:
        raise SystemExit(1)
