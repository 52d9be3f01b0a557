"""Images of TensorFlow Lite Micro: one model each, with the smallest arena in which it runs."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from harness.boards.catalogue import TargetSpec, load_catalogue
from harness.boards.requirement import find_tool
from harness.codegen import read_model
from harness.codegen.cores import core_named
from harness.durable import read_sealed, write_sealed
from harness.errors import (
    BuildError,
    DoesNotFit,
    ImplausibleFigure,
    InputError,
    LinkError,
    ModelError,
)
from harness.firmware.builder import FirmwareBuilder, Image
from harness.firmware.library import Library
from harness.link.messages import Prepared
from harness.link.session import Session
from harness.project import Project
from harness.tflm.arena import smallest_arena
from harness.tflm.library import HINT, local_library, registry_library
from harness.tflm.model import Layers, Registered, TflmModel
from harness.tflm.resolver import OpResolver
from harness.workload.model_facts import model_facts

ARENA_MAX = 16 << 20  # beyond any board's RAM; a computer has more, which nobody wants zeroed
ALIGNMENT = 16
SILENCE_S = 4.0  # setting a model up takes milliseconds; who says nothing for so long crashed
MOST_LAYERS = 255  # entries of an image's table
SHRINKINGS = 8  # by a sixteenth each
REFUSALS = {
    1: "the file's schema version is not the library's",
    2: "the library does not register one of its operators",
    3: "AllocateTensors() failed",
    4: "its input or output is not what the file says, or lies outside the arena",
    5: "Invoke() failed",
    6: "the library's profiler reports other operators than the file has (is "
    "TF_LITE_STRIP_ERROR_STRINGS defined?)",
}
NO_METHOD = re.compile(r"no member named\W+Add(\w+)")
PROBE = ("-x", "c++", "-std=gnu++17", "-include", "type_traits", "-E", "-")

Connect = Callable[[Image], AbstractContextManager[Session]]


@dataclass(frozen=True)
class FittedImage:
    """A model's image with exactly the arena it needs, in bytes.

    `used_bytes` is what TFLM itself reports as used.
    """

    image: Image
    arena_bytes: int
    used_bytes: int


class TflmEngine:
    """TFLM on targets; `local` is the user's own library, for all of them."""

    def __init__(self, project: Project, local: Library | None) -> None:
        self._project = project
        self._local = local

    @property
    def local(self) -> Library | None:
        """The user's own library."""
        return self._local

    @classmethod
    def with_library(cls, project: Project, folder: Path | None) -> TflmEngine:
        """`folder` of the user's library, or None. Raises InputError where there is no TFLM."""
        links = project.builds / "tflm"
        return cls(project, local_library(folder, links) if folder is not None else None)

    def library(self, spec: TargetSpec) -> Library:
        """Library that provides TFLM on a target. Raises InputError where there is none."""
        found = self._local or registry_library(self._project.root, spec.env)
        if found is None:
            raise InputError(
                "there is no library of TensorFlow Lite Micro for this target",
                where=spec.name,
                hint=HINT,
            )
        return found

    def libraries(self, specs: Mapping[str, TargetSpec]) -> dict[str, str]:
        """For the record of a run: target -> library; what can have none is left out.

        Raises InputError where a target could run TFLM, and there is no library for it.
        """
        return {
            name: str(self.library(spec))
            for name, spec in specs.items()
            if why_not(spec, self._project.root) is None
        }

    def registrations(self, spec: TargetSpec, model: TflmModel) -> tuple[str, ...]:
        """Methods of the library's resolver that register the model's operators.

        Raises ModelError where TFLM cannot be had for the target or lacks operators, by name;
        InputError where there is no library.
        """
        reason = why_not(spec, self._project.root)
        if reason is not None:
            raise ModelError(reason, where=spec.name)
        return OpResolver.of(self.library(spec)).registrations(model.operators)

    def judge(self, target: str, tflite: bytes) -> None:
        """Raise ModelError where TFLM refuses a file for the target before anything is built."""
        facts = model_facts(tflite, read_model(tflite), target)
        self.registrations(load_catalogue()[target], TflmModel.of(facts, tflite))

    def fit_arena(self, spec: TargetSpec, model: TflmModel, connect: Connect) -> FittedImage:
        """The model's image with the smallest arena that works on the target itself.

        Raises ModelError where TFLM refuses the model, or cannot be had for the target, DoesNotFit,
        BuildError, LinkError.
        """
        build = self._build_of(spec, model)
        least = model.facts.input.bytes + model.facts.output.bytes
        small = build(least)
        known = self._project.builds / "arenas" / f"{spec.env}-{small.build_id}.sealed"
        kept = read_sealed(known)
        if kept is not None:
            found = json.loads(kept)
        else:
            found = self._search(spec, model, small.footprint.ram_bytes - least, build, connect)
            write_sealed(known, json.dumps(found).encode())
        return FittedImage(build(found["arena"]), found["arena"], found["used"])

    def layered_image(
        self, spec: TargetSpec, model: TflmModel, layers: Layers, arena_bytes: int
    ) -> tuple[Image, int]:
        """The model's image that times each operator (see `Layers`), and its arena in bytes.

        With outputs of the operators that is the largest there is room for, as they all stay in it.
        Raises as `fit_arena`.
        """
        if not 0 < layers.count <= MOST_LAYERS:
            raise ModelError(f"{layers.count} operators; an image times 1 to {MOST_LAYERS} of them")
        build = self._build_of(spec, model, layers)
        if not layers.tensors:
            return build(arena_bytes), arena_bytes
        static_bytes = build(arena_bytes).footprint.ram_bytes - arena_bytes
        return _largest(build, max(arena_bytes, generous_arena(spec, static_bytes)))

    def _build_of(
        self, spec: TargetSpec, model: TflmModel, layers: Layers | None = None
    ) -> Callable[[int], Image]:
        """The function that builds the model's image with an arena of so many bytes."""
        library = self.library(spec)
        wanted = Registered(library.defines, self.registrations(spec, model))
        builder = FirmwareBuilder(self._project, library=library)
        names = (model.facts.name,) * (layers.count if layers else 1)

        def build(arena_bytes: int) -> Image:
            render = partial(model.files, arena_bytes, wanted, layers)
            try:
                return builder.build_files(spec, render, names)
            except BuildError as error:
                raise missing_operator(error) or error from None

        return build

    def _search(
        self,
        spec: TargetSpec,
        model: TflmModel,
        static_bytes: int,
        build: Callable[[int], Image],
        connect: Connect,
    ) -> dict[str, int]:
        """Ask the device itself, with an image that has all the arena there is room for."""
        room = generous_arena(spec, static_bytes)
        if room < model.facts.input.bytes:
            raise DoesNotFit(
                f"firmware and library leave {max(0, room):,} B of RAM for the arena, the input "
                f"alone has {model.facts.input.bytes:,} B"
            )
        image, room = _largest(build, room)
        with ExitStack() as open_:
            begun = open_.enter_context(connect(image))
            first = prepare(begun, room)
            session: Session | None = begun

            def works(size: int) -> bool:
                """TFLM does not check every allocation: too small an arena may crash the device."""
                nonlocal session
                if session is None:
                    session = open_.enter_context(connect(image))
                try:
                    return session.prepare(0, size, within_s=SILENCE_S).status == 0
                except LinkError:
                    session = None
                    open_.close()
                    return False

            arena = smallest_arena(first.used, room, works)
        return {"arena": arena, "used": first.used}


def _largest(build: Callable[[int], Image], room: int) -> tuple[Image, int]:
    """The image with an arena of `room` bytes, or of less where the linker has set RAM aside."""
    for _ in range(SHRINKINGS):
        try:
            return build(room), room
        except DoesNotFit:
            room = room * 15 // 16 // ALIGNMENT * ALIGNMENT
    return build(room), room


def prepare(session: Session, arena_bytes: int) -> Prepared:
    """Let the device set its model up. Raises ModelError with TFLM's reason where it refuses.

    Raises ImplausibleFigure where it reports more bytes in use than the arena has.
    """
    prepared = session.prepare(0, arena_bytes)
    if prepared.status != 0:
        reason = REFUSALS.get(prepared.status, f"status {prepared.status}")
        said = f": {prepared.message}" if prepared.message else ""
        raise ModelError(
            f"TensorFlow Lite Micro refuses the model: {reason} in an arena of "
            f"{arena_bytes:,} B{said}"
        )
    if not 0 < prepared.used <= arena_bytes:
        raise ImplausibleFigure(
            f"the device reports {prepared.used:,} B in use of an arena of {arena_bytes:,} B"
        )
    return prepared


def generous_arena(spec: TargetSpec, static_bytes: int) -> int:
    """The largest arena to try, in bytes: what RAM is free beside `static_bytes` of the image.

    Where a framework keeps a heap there, it is left a quarter.
    """
    free = spec.ram_bytes - spec.stack_reserve - static_bytes
    if spec.kind in ("serial", "espressif", "esp-emu"):
        free = free * 3 // 4
    return min(ARENA_MAX, free) // ALIGNMENT * ALIGNMENT


def why_not(spec: TargetSpec, root: Path) -> str | None:
    """Why TFLM cannot be compiled for a target at all, or None."""
    if core_named(spec.core).family == "avr":
        return "TensorFlow Lite Micro needs the C++ library, which AVR compilers do not have"
    for tool in spec.tools:
        if tool.endswith("gcc"):
            compiler = find_tool(f"{tool.removesuffix('gcc')}g++", root)
            if compiler is None or not _has_cxx_library(compiler):
                return (
                    f"TensorFlow Lite Micro needs the C++ library, which {tool} has not here"
                    + _remedy(tool)
                )
    return None


def _remedy(tool: str) -> str:
    if tool.startswith("arm-none-eabi"):
        return "; apt install libstdc++-arm-none-eabi-newlib"
    return ", nor does Debian package one for it"


def _has_cxx_library(compiler: Path) -> bool:
    done = subprocess.run([compiler, *PROBE], input=b"", capture_output=True, check=False)
    return done.returncode == 0


def missing_operator(error: BuildError) -> ModelError | None:
    """Return the refusal for a compiler's error about a method of the resolver, else None."""
    missing = NO_METHOD.search(error.what)
    if missing is None:
        return None
    return ModelError(
        f"the library of TensorFlow Lite Micro has no operator {missing[1]}", hint=error.hint
    )
