"""Builds the image of some models, sizes it, and returns its upload.

    image = FirmwareBuilder(project).build(spec, [compiled])
    image.upload("/dev/ttyACM0")

An image is built once per content: its build id is a digest of the generated code, the firmware's
sources, platformio.ini, compiler and libraries (compiler.py) and the environment, and names the
folder that keeps the ELF file. The folder is sealed: a damaged image is built again.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property, partial
from pathlib import Path

from harness.boards.catalogue import TargetSpec
from harness.codegen import CompiledModel, render_image, render_layers
from harness.durable import discard_damaged, intact, sealed
from harness.errors import DoesNotFit
from harness.firmware.compiler import compiler_of, toolchain_digest
from harness.firmware.footprint import Footprint, constants_end, elf_footprint
from harness.firmware.library import Library
from harness.firmware.pio import DIGEST_DIGITS, Environment, Render, Upload
from harness.project import Project
from harness.targets.base import FLASH_IMAGE, Flashable


@dataclass(frozen=True)
class Image(Flashable):
    """A linked image with its models' names by index and its sections' sizes.

    `compiler` as the image itself names it, empty where it does not.
    """

    models: tuple[str, ...]
    footprint: Footprint
    log: Path
    compiler: str = ""


class FirmwareBuilder:
    """Builds images for targets; safe to use from several threads and processes at once."""

    def __init__(
        self,
        project: Project,
        *,
        macros: Mapping[str, str] | None = None,
        flags: str = "",
        library: Library | None = None,
    ) -> None:
        """`macros` (name -> C text) go into image.h, `flags` to the compiler, for every image.

        `library` is linked beside the firmware's own libraries.
        """
        self._project = project
        self._library = library
        self._macros = dict(macros or {})
        self._toolchains: dict[str, str] = {}  # digest by target
        self._flags = f"{os.environ.get('PLATFORMIO_BUILD_FLAGS', '')} {flags}".strip()

    def build(
        self, spec: TargetSpec, models: Sequence[CompiledModel], *, layered: bool = False
    ) -> Image:
        """Build the image of `models` in that order, or take it from the cache.

        `layered`: one model, cut behind each of its layers (see codegen.render_layers). Raises
        BuildError with the log's path, DoesNotFit with the figures, ModelError where the compiler
        has no floats for the model, ToolMissing.
        """
        render = partial(_render, tuple(models), self._macros, layered)
        return self.build_files(spec, render, tuple(model.name for model in models))

    def build_files(self, spec: TargetSpec, render: Render, names: tuple[str, ...]) -> Image:
        """Build an image of other generated files; `names` are the models' by index. Raises as
        `build`."""
        environment = self.environment(spec)
        build_id = self._build_id(environment, render)
        kept = self._project.builds / "images" / f"{environment.name}-{build_id}"
        if not intact(kept):
            with environment.workspace() as workspace:
                discard_damaged(kept)
                if not kept.exists():
                    log = self._project.logs / f"build-{environment.name}-{build_id}.log"
                    _keep(environment.compile(workspace, render(build_id), log), log, kept)
        facts = json.loads((kept / "image.json").read_text(encoding="utf-8"))
        image = Image(
            elf=kept / "firmware.elf",
            build_id=build_id,
            upload=Upload(environment, render, build_id),
            models=names,
            footprint=Footprint(**facts["footprint"]),
            log=kept / "build.log",
            compiler=facts["compiler"],
        )
        check_fit(spec, image)
        return image

    def environment(self, spec: TargetSpec) -> Environment:
        """Return the environment of a target's images, with the digest of their common inputs."""
        toolchain = self._toolchain(spec)
        # Runs back-to-back are compared with the host's clock; elsewhere they would cost flash.
        flags = f"{self._flags} -DIMAGE_WINDOW".strip() if spec.timed_by_host else self._flags
        environment = Environment(self._project, spec, flags, self._library, toolchain)
        library = self._library.digest if self._library is not None else ""
        parts = (environment.name, self._sources, toolchain, flags, library)
        inputs = hashlib.sha256("\n".join(parts).encode()).hexdigest()
        return replace(environment, inputs=inputs)

    def _build_id(self, environment: Environment, render: Render) -> str:
        digest = hashlib.sha256(environment.inputs.encode())
        for name, text in sorted(render("0" * DIGEST_DIGITS).items()):
            digest.update(f"{name}\0{text}\0".encode())
        return digest.hexdigest()[:DIGEST_DIGITS]

    def _toolchain(self, spec: TargetSpec) -> str:
        if spec.name not in self._toolchains:
            cxx = self._library is not None
            self._toolchains[spec.name] = toolchain_digest(self._project.root, spec, cxx=cxx)
        return self._toolchains[spec.name]

    @cached_property
    def _sources(self) -> str:
        """Return the digest of everything in an image but its models."""
        root = self._project.root
        digest = hashlib.sha256((root / "platformio.ini").read_bytes())
        for path in sorted((root / "firmware").rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(path.relative_to(root).as_posix().encode() + b"\0")
                digest.update(path.read_bytes())
        return digest.hexdigest()


def _render(
    models: Sequence[CompiledModel], macros: Mapping[str, str], layered: bool, build_id: str
) -> dict[str, str]:
    if layered:
        (model,) = models
        return render_layers(model, build_id)
    return render_image(models, build_id, macros)


def _keep(elf: Path, log: Path, kept: Path) -> None:
    """Make the folder `kept` of a linked image, whole or not at all."""
    facts = {"footprint": asdict(elf_footprint(elf)), "compiler": compiler_of(elf)}
    with sealed(kept) as folder:
        shutil.copy2(elf, folder / "firmware.elf")
        flash = elf.with_name(FLASH_IMAGE)
        if flash.is_file():
            shutil.copy2(flash, folder / FLASH_IMAGE)
        shutil.copy2(log, folder / "build.log")
        (folder / "image.json").write_text(json.dumps(facts, indent=1), encoding="utf-8")


def check_fit(spec: TargetSpec, image: Image) -> None:
    """Raise DoesNotFit, with the figures, where the image is larger than the target."""
    flash, ram = image.footprint.flash_bytes, image.footprint.ram_bytes
    if flash > spec.flash_bytes:
        raise DoesNotFit(
            f"the image needs {flash:,} B of flash, {spec.name} has {spec.flash_bytes:,} B"
        )
    if ram + spec.stack_reserve > spec.ram_bytes:
        raise DoesNotFit(
            f"the image needs {ram:,} B of static RAM and {spec.stack_reserve:,} B for the stack, "
            f"{spec.name} has {spec.ram_bytes:,} B"
        )
    if spec.near_flash_bytes is not None:
        end = constants_end(image.elf)
        if end > spec.near_flash_bytes:
            raise DoesNotFit(
                f"weights and tables reach up to {end:,} B of flash, the engine reads them with "
                f"pointers to the first {spec.near_flash_bytes:,} B on {spec.name}"
            )
