"""Seeing what a board's camera sees: frame, input and answer, each checked on the host and kept."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count as numbers
from typing import Any

import numpy as np

from harness.boards.doctor import require_tools
from harness.camera.image import CameraModel, builder
from harness.camera.preprocess import prepare
from harness.codegen import read_model
from harness.codegen.weights import count_weights
from harness.errors import WrongFirmware
from harness.link.camera import CameraInfo, CameraLink
from harness.link.messages import RunResult
from harness.link.session import Session
from harness.measure.parity import Parity, compare_outputs
from harness.plan.plan import ENGINES
from harness.project import Project
from harness.run.artifact import describe
from harness.run.attach import attach
from harness.run.measurement import Clock
from harness.run.provenance import provenance
from harness.store import CellKey, SampleRow, Store
from harness.workload.reference import run_reference
from harness.workload.workload import Workload

HELLO_S = 5.0
_NO_PIXELS = np.empty(0, np.uint8)


@dataclass(frozen=True)
class Units:
    """What times are counted in: of the grab, and of preparing and invoking."""

    grab: str
    compute: str


@dataclass(frozen=True, eq=False)
class Look:
    """One frame and what came of it.

    `frame` (H, W) uint8 as the camera gave it; `input` (h, w, c) as the device made it of that and
    fed to the model; `output` raw, without the batch axis; times in Units. `input_same`: whether
    the host makes the same input, to the bit; `parity`: the output against TensorFlow Lite's
    reference for the host's input.
    """

    number: int
    calls: int
    frame: np.ndarray
    input: np.ndarray
    output: np.ndarray
    grab: float
    prepare: float
    invoke: float
    input_same: bool
    parity: Parity
    reference: np.ndarray

    @property
    def output_same(self) -> bool:
        """Whether the output is the reference's: integers to the bit, floats by their class."""
        if self.parity.max_lsb is not None:
            return self.parity.max_lsb == 0
        return self.parity.argmax == 1.0


@dataclass
class Watched:
    """A session with a camera; `looks` are without their pixels, which nobody needs any more."""

    run_id: int
    source: str = ""
    units: Units = field(default_factory=lambda: Units("", ""))
    interrupted: bool = False
    looks: list[Look] = field(default_factory=list)

    def add(self, look: Look) -> None:
        """Count one frame in."""
        self.looks.append(replace(look, frame=_NO_PIXELS, input=_NO_PIXELS))

    @property
    def inputs_same(self) -> int:
        """How many inputs were what the host computes."""
        return sum(look.input_same for look in self.looks)

    @property
    def outputs_same(self) -> int:
        """How many outputs were the reference's."""
        return sum(look.output_same for look in self.looks)

    @property
    def good(self) -> bool:
        """Whether every frame's input and output are what the host computes."""
        return len(self.looks) == self.inputs_same == self.outputs_same

    @property
    def greatest_difference(self) -> str:
        """Between outputs and references, with its unit."""
        steps = [look.parity.max_lsb for look in self.looks if look.parity.max_lsb is not None]
        if steps:
            return f"{max(steps)} LSB"
        return f"{max((look.parity.max_abs or 0.0 for look in self.looks), default=0.0):.3g}"

    def median(self, read: Callable[[Look], float]) -> float:
        """Median over all frames of what `read` takes from them."""
        return float(np.median([read(look) for look in self.looks]))

    def facts(self) -> dict[str, Any]:
        """What the store keeps beside the samples."""
        return {
            "frames": len(self.looks),
            "interrupted": self.interrupted,
            "inputs_same": self.inputs_same,
            "outputs_same": self.outputs_same,
            "grab_unit": self.units.grab,
            "grab_median": self.median(lambda look: look.grab),
            "prepare_median": self.median(lambda look: look.prepare),
        }


def watch(
    model: CameraModel,
    project: Project,
    store: Store,
    *,
    name: str,
    ports: Mapping[str, str],
    count: int | None,
    on_open: Callable[[Watched], None],
    on_look: Callable[[Look], None],
) -> Watched:
    """Look until `count` frames or Ctrl-C; each is in the store before the next one is taken.

    `on_open` is called once the camera answered, `on_look` for every frame. Raises BuildError,
    DoesNotFit, ToolMissing, TargetError, LinkError; KeyboardInterrupt only before the first frame.
    """
    require_tools(model.spec, project.root)
    made = builder(model, project)
    image = made.build(model.spec, [model.compiled])
    target = attach(
        model.spec,
        [model.compiled],
        project,
        ports=ports,
        power={},
        upload=lambda device: made.upload(model.spec, [model.compiled], device),
    )
    key = CellKey(name, model.compiled.input.dtype, ENGINES[0], model.spec.name)
    run_id = store.begin_run(
        plan_name=f"camera-{name}",
        plan_text="",
        plan_digest="",
        provenance=provenance(project, [model.spec.name]),
        labels=np.empty(0, np.int64),
        classes=0,
    )
    cell = store.put_cell(run_id, key, build_id=image.build_id, facts=_first_facts(model))
    watched = Watched(run_id)
    log = project.logs / f"camera-{run_id}-{model.spec.name}-{image.build_id}.log"
    try:
        with target.connect(image, log) as session:
            eye = _Eye(model, session)
            store.put_cell(run_id, key, facts=eye.facts())
            watched.source, watched.units = eye.camera.source, eye.units
            on_open(watched)
            for number in numbers() if count is None else range(count):
                look = eye.look(number)
                with interrupts_held_back():
                    watched.add(look)
                    store.add_samples(cell, [_row(look)])
                    on_look(look)
    except KeyboardInterrupt:
        watched.interrupted = True
        if not watched.looks:
            store.fail_cell(cell, "measure", "interrupted before the first frame")
            raise
    except Exception as error:  # a full disk too
        if watched.looks:
            _put_references(store, key, model, watched)
        store.fail_cell(cell, "measure", str(error))
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

    def facts(self) -> dict[str, Any]:
        """What is known of the camera and the clocks before the first frame."""
        camera: CameraInfo = self.camera
        return {
            "target_title": f"{self._model.spec.title}, frames: {camera.source}",
            "camera": camera.source,
            "frame": f"{camera.width}x{camera.height}",
            "grab_clock": camera.clock,
            "counter": self.hello.counter,
            "counter_hz": self.hello.counter_hz,
            "clock_hz": self.hello.clock_hz,
            "free_ram": self.hello.free_ram,
            "bracket": self._clock.bracket,
        }

    def look(self, number: int) -> Look:
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
        return Look(
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
        return np.frombuffer(result.data, info.dtype).reshape(1, *info.shape[1:])

    def _grab_time(self, ticks: int) -> float:
        if self._same_clock:
            return self._clock.count(ticks)
        return ticks * 1e6 / self.camera.clock_hz


def _row(look: Look) -> SampleRow:
    return SampleRow(look.number, look.calls, look.invoke, look.output.tobytes())


def _first_facts(model: CameraModel) -> dict[str, Any]:
    spec = model.spec
    return {
        "target_title": spec.title,
        "core": spec.core,
        "clock_hz": spec.clock_hz,
        "timing_kind": spec.timing_kind,
        "latency_unit": spec.latency_unit,
        "flash_limit": spec.flash_bytes,
        "ram_limit": spec.ram_bytes,
        "arena_bytes": model.compiled.arena_bytes,
        "weights_bytes": model.compiled.const_bytes,
        "frame_bytes": model.frame_bytes,
        "pixels": [model.values.low, model.values.high],
    }


def _put_references(store: Store, key: CellKey, model: CameraModel, watched: Watched) -> None:
    """Keep the model file's facts, and what TensorFlow Lite says to every frame."""
    weights = count_weights(read_model(model.tflite))
    workload = Workload(
        key.variant,
        key.dtype,
        model.tflite,
        model.compiled,
        np.empty(0),
        np.stack([look.reference for look in watched.looks]),
    )
    store.put_artifact(
        watched.run_id,
        describe(
            workload,
            method="file",
            sparsity_target=None,
            sparsity=weights.sparsity,
            parameters=weights.parameters,
            nonzero_parameters=weights.nonzero_parameters,
            keras_score=None,
            keras_predictions=None,
            history={},
        ),
    )
