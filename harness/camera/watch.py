"""Seeing what a board's camera sees: frame, input and answer, each checked on the host and kept."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from itertools import count as numbers

import numpy as np

from harness.boards.doctor import require_tools
from harness.camera.image import CameraModel, builder
from harness.camera.preprocess import prepare
from harness.camera.watched import Capture, Units, Viewer, Watched
from harness.codegen import read_model
from harness.errors import WrongFirmware
from harness.link.camera import CameraInfo, CameraLink
from harness.link.messages import RunResult
from harness.link.session import Session
from harness.measure.parity import compare_outputs
from harness.plan.plan import ENGINES
from harness.project import Project
from harness.run.attach import attach
from harness.run.cells import target_facts
from harness.run.measurement import Clock
from harness.run.provenance import provenance
from harness.run.unplanned import begin_unplanned, put_model_file
from harness.store import CellFacts, CellKey, SampleRow, Stage, Store
from harness.workload.choice import rank
from harness.workload.reference import run_reference
from harness.workload.workload import Workload

HELLO_S = 5.0


def watch(
    model: CameraModel,
    project: Project,
    store: Store,
    viewer: Viewer,
    *,
    name: str,
    ports: Mapping[str, str],
    count: int | None,
) -> Watched:
    """Capture until `count` frames or Ctrl-C; each is in the store before the next one is taken.

    Raises BuildError, DoesNotFit, ToolMissing, TargetError, LinkError; KeyboardInterrupt only
    before the first frame.
    """
    require_tools(model.spec, project.root)
    image = builder(model, project).build(model.spec, [model.compiled])
    target = attach(model.spec, project, ports=ports, power={})
    key = CellKey(name, model.compiled.input.dtype, ENGINES[0], model.spec.name)
    run_id = begin_unplanned(store, f"camera-{name}", provenance(project, [model.spec.name]))
    cell = store.put_cell(run_id, key, build_id=image.build_id, facts=_first_facts(model))
    watched = Watched(run_id)
    log = project.logs / f"camera-{run_id}-{model.spec.name}-{image.build_id}.log"
    try:
        with target.connect(image, log) as session:
            eye = _Eye(model, session)
            store.put_cell(run_id, key, facts=eye.facts())
            watched.source, watched.units = eye.camera.source, eye.units
            viewer.open(watched)
            for number in numbers() if count is None else range(count):
                capture = eye.capture(number)
                with interrupts_held_back():
                    watched.add(capture)
                    store.add_samples(cell, [_row(capture)])
                    viewer.show(capture)
    except KeyboardInterrupt:
        watched.interrupted = True
        if not watched.captures:
            store.fail_cell(cell, Stage.MEASURE, "interrupted before the first frame")
            raise
    except Exception as error:  # a full disk too
        if watched.captures:
            _put_references(store, key, model, watched)
        store.fail_cell(cell, Stage.MEASURE, str(error))
        raise
    _put_references(store, key, model, watched)
    store.finish_cell(cell, watched.facts())
    store.finish_run(run_id)
    return watched


@contextmanager
def interrupts_held_back() -> Iterator[None]:
    """Let Ctrl-C take effect at the block's end only, so that a frame is kept whole."""
    if threading.current_thread() is not threading.main_thread():
        yield  # Ctrl-C goes to the main thread
        return
    came: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: came.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if came:
        raise KeyboardInterrupt


class _Eye:
    """The camera of a connected device with the model behind it."""

    def __init__(self, model: CameraModel, session: Session) -> None:
        self._model = model
        self._session = session
        name = model.spec.name
        self.hello = session.hello(within_s=HELLO_S)
        (held,) = session.models(self.hello.models)
        if held.crc32 != model.compiled.crc32:
            raise WrongFirmware("the device holds another model", where=name, hint="flash it again")
        self._clock = Clock.of(model.spec, self.hello, session.bracket()[0])
        self._link = CameraLink(session, name)
        self.camera = self._link.open()
        if (self.camera.width, self.camera.height) != (model.frame_width, model.frame_height):
            raise WrongFirmware("the device has frames of another size", where=name)
        compute = model.spec.latency_unit
        self.units = Units(compute if self._same_clock else f"us ({self.camera.clock})", compute)

    @property
    def _same_clock(self) -> bool:
        return self.camera.clock == self.hello.counter

    def facts(self) -> CellFacts:
        """Return the facts of the camera and the clocks, known before the first frame."""
        camera: CameraInfo = self.camera
        return CellFacts(
            target_title=f"{self._model.spec.title}, frames: {camera.source}",
            camera=camera.source,
            frame=f"{camera.width}x{camera.height}",
            grab_clock=camera.clock,
            counter=self.hello.counter,
            counter_hz=self.hello.counter_hz,
            clock_hz=self.hello.clock_hz,
            free_ram=self.hello.free_ram,
            bracket=self._clock.bracket,
        )

    def capture(self, number: int) -> Capture:
        """Take a frame, run the model on it, fetch everything and compute it again here."""
        model, image = self._model, self._model.image
        grabbed = self._link.grab(number)
        result = self._session.run(0, number)
        raw = self._link.frame(number, model.frame_bytes)
        frame = np.frombuffer(raw, np.uint8).reshape(model.frame_height, model.frame_width)
        fed = np.frombuffer(
            self._link.input(number, model.compiled.input.bytes), model.compiled.input.dtype
        ).reshape(image.height, image.width, image.channels)
        expected = prepare(frame, image, model.values)
        reference = run_reference(model.tflite, expected[np.newaxis])
        output = self._output(result)
        return Capture(
            number=number,
            calls=result.calls,
            frame=frame,
            input=fed,
            output=output[0],
            grab=self._grab_time(grabbed.grab_ticks),
            prepare=self._clock.count(grabbed.prepare_ticks),
            invoke=self._clock.count(result.ticks),
            input_same=fed.tobytes() == expected.tobytes(),
            parity=compare_outputs(output, reference),
            reference=reference[0],
        )

    def _output(self, result: RunResult) -> np.ndarray:
        info = self._model.compiled.output
        return np.frombuffer(result.data, info.dtype).reshape(1, *info.sample_shape)

    def _grab_time(self, ticks: int) -> float:
        if self._same_clock:
            return self._clock.count(ticks)
        return ticks * 1e6 / self.camera.clock_hz


def _row(capture: Capture) -> SampleRow:
    return SampleRow(capture.number, capture.calls, capture.invoke, capture.output.tobytes())


def _first_facts(model: CameraModel) -> CellFacts:
    return replace(
        target_facts(model.spec),
        current=None,  # the camera draws, too: no estimate of energy
        arena_bytes=model.compiled.arena_bytes,
        weights_bytes=model.compiled.const_bytes,
        frame_bytes=model.frame_bytes,
        pixels=(model.values.low, model.values.high),
    )


def _put_references(store: Store, key: CellKey, model: CameraModel, watched: Watched) -> None:
    """Keep the model file's record, with TensorFlow Lite's output for every frame."""
    workload = Workload(
        key.variant,
        key.dtype,
        model.tflite,
        model.compiled,
        np.empty(0),
        np.stack([capture.reference for capture in watched.captures]),
        chosen=rank(read_model(model.tflite))[0],
    )
    put_model_file(store, watched.run_id, workload)
