"""The only place that calls PlatformIO: build an image, size it, upload it.

An image is built once per content: its build id is a digest of the generated code, the firmware's
sources, platformio.ini, the compiler's version and the environment, and names the folder that keeps
the ELF file.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from functools import cached_property, partial
from pathlib import Path

from filelock import FileLock

from harness.boards.catalogue import TargetSpec
from harness.boards.requirement import find_tool
from harness.codegen import CompiledModel, render_image, render_layers
from harness.errors import BuildError, DoesNotFit, ToolMissing
from harness.firmware.footprint import Footprint, constants_end, elf_footprint
from harness.firmware.library import Library
from harness.firmware.pio_errors import build_failure
from harness.project import Project
from harness.targets.base import FLASH_IMAGE, Flashable

BUILD_ID_DIGITS = 16
GLUE = Path("firmware", "engines")  # libraries for images that want one more
TIMEOUT_S = 900
LIBRARY_TIMEOUT_S = 3600  # the first image with TensorFlow Lite Micro compiles hundreds of files
Render = Callable[[str], dict[str, str]]  # build id -> the image's generated files by name


@dataclass(frozen=True)
class Image(Flashable):
    """A linked image with its models' names in index order and its sections' sizes."""

    models: tuple[str, ...]
    footprint: Footprint
    log: Path


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

        `library` is what the images need beside the firmware's own; they have workspaces of their
        own, so that the others are not rebuilt.
        """
        self._project = project
        self._library = library
        self._macros = dict(macros or {})
        self._flags = f"{os.environ.get('PLATFORMIO_BUILD_FLAGS', '')} {flags}".strip()

    def build(
        self, spec: TargetSpec, models: Sequence[CompiledModel], *, layered: bool = False
    ) -> Image:
        """Build (or take from the cache) the image that holds `models`, in that order.

        `layered`: the one model cut behind each of its layers (see codegen.render_layers).
        Raises BuildError with the log's path, DoesNotFit with the figures, ToolMissing.
        """
        render = partial(self._render, models, layered)
        return self.build_files(spec, render, tuple(model.name for model in models))

    def build_files(self, spec: TargetSpec, render: Render, names: tuple[str, ...]) -> Image:
        """As `build`, of other generated files; `names` are the models' in index order."""
        build_id = self._build_id(spec, render)
        env = self._env(spec)
        kept = self._project.builds / "images" / f"{env}-{build_id}"
        if not (kept / "image.json").exists():
            workspace = self._workspace(env)
            with FileLock(workspace.with_suffix(".lock")):
                if not (kept / "image.json").exists():
                    self._link(spec, render(build_id), build_id, workspace, kept)
        facts = json.loads((kept / "image.json").read_text(encoding="utf-8"))
        image = Image(
            elf=kept / "firmware.elf",
            build_id=build_id,
            models=names,
            footprint=Footprint(**facts),
            log=kept / "build.log",
        )
        check_fit(spec, image)
        return image

    def upload(
        self,
        spec: TargetSpec,
        models: Sequence[CompiledModel],
        port: str,
        *,
        layered: bool = False,
    ) -> None:
        """Flash the image that `build` made of `models` onto the board at `port`."""
        self.upload_files(spec, partial(self._render, models, layered), port)

    def upload_files(self, spec: TargetSpec, render: Render, port: str) -> None:
        """Flash the image that `build_files` made onto the board at `port`."""
        build_id = self._build_id(spec, render)
        env = self._env(spec)
        workspace = self._workspace(env)
        log = self._project.logs / f"upload-{env}-{build_id}.log"
        with FileLock(workspace.with_suffix(".lock")):
            write_files(workspace / "image", render(build_id))
            self._pio(spec, workspace, log, ["--target", "upload", "--upload-port", port])

    def _env(self, spec: TargetSpec) -> str:
        return spec.env + (self._library.env_suffix if self._library is not None else "")

    def _workspace(self, env: str) -> Path:
        """Of one environment with one library."""
        library = f"-{self._library.digest[:BUILD_ID_DIGITS]}" if self._library is not None else ""
        workspace = self._project.builds / "workspaces" / f"{env}{library}"
        workspace.mkdir(parents=True, exist_ok=True)
        return workspace

    def _link(
        self,
        spec: TargetSpec,
        files: dict[str, str],
        build_id: str,
        workspace: Path,
        kept: Path,
    ) -> None:
        write_files(workspace / "image", files)
        env = self._env(spec)
        log = self._project.logs / f"build-{env}-{build_id}.log"
        # An env's first build may install its platform, and PlatformIO's package manager is not
        # made for two at once. A local library comes after the image without it.
        local = self._library is not None and self._library.storage is not None
        first = not local and not (workspace / "build").exists()
        core = self._project.builds / "core.lock"
        with FileLock(core) if first else nullcontext():
            self._pio(spec, workspace, log, [])
        elf = next((workspace / "build" / env).glob("firmware.elf"), None)
        if elf is None:
            raise BuildError("PlatformIO left no firmware.elf", where=spec.name, log=str(log))
        partial = kept.with_name(f"{kept.name}.{os.getpid()}")
        partial.mkdir(parents=True, exist_ok=True)
        shutil.copy2(elf, partial / "firmware.elf")
        flash = elf.with_name(FLASH_IMAGE)
        if flash.is_file():
            shutil.copy2(flash, partial / FLASH_IMAGE)
        shutil.copy2(log, partial / "build.log")
        facts = asdict(elf_footprint(elf))
        (partial / "image.json").write_text(json.dumps(facts, indent=1), encoding="utf-8")
        shutil.rmtree(kept, ignore_errors=True)
        partial.rename(kept)

    def _pio(self, spec: TargetSpec, workspace: Path, log: Path, extra: list[str]) -> None:
        pio = find_tool("pio", self._project.root)
        if pio is None:
            raise ToolMissing("PlatformIO is not installed", hint="make setup")
        environment = os.environ | {
            "PLATFORMIO_WORKSPACE_DIR": str(workspace),
            "PLATFORMIO_DISABLE_UPGRADE_CHECK": "true",
            "PLATFORMIO_SETTING_ENABLE_TELEMETRY": "no",
            "HARNESS_IMAGE_DIR": str(workspace / "image"),
            "PLATFORMIO_BUILD_FLAGS": self._flags,
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        }
        if self._library is not None:
            folders = [self._project.root / GLUE, self._library.storage]
            environment["PLATFORMIO_LIB_EXTRA_DIRS"] = ", ".join(
                str(each) for each in folders if each
            )
        log.parent.mkdir(parents=True, exist_ok=True)
        command = [str(pio), "run", "-d", str(self._project.root), "-e", self._env(spec), *extra]
        timeout_s = TIMEOUT_S if self._library is None else LIBRARY_TIMEOUT_S
        with log.open("w", encoding="utf-8") as output:
            try:
                done = subprocess.run(
                    [*command, "--disable-auto-clean"],
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    timeout=timeout_s,
                    check=False,
                )
            except subprocess.TimeoutExpired as error:
                raise BuildError(
                    f"PlatformIO did not finish within {timeout_s} s", where=spec.name, log=str(log)
                ) from error
        if done.returncode:
            raise build_failure(spec, log)

    def _build_id(self, spec: TargetSpec, render: Render) -> str:
        digest = hashlib.sha256(f"{self._env(spec)}\n{self._sources}\n".encode())
        digest.update(self._compiler(spec).encode() + self._flags.encode())
        if self._library is not None:
            digest.update(self._library.digest.encode())
        for name, text in sorted(render("0" * BUILD_ID_DIGITS).items()):
            digest.update(f"{name}\0{text}\0".encode())
        return digest.hexdigest()[:BUILD_ID_DIGITS]

    def _render(
        self, models: Sequence[CompiledModel], layered: bool, build_id: str
    ) -> dict[str, str]:
        if layered:
            (model,) = models
            return render_layers(model, build_id)
        return render_image(models, build_id, self._macros)

    @cached_property
    def _sources(self) -> str:
        """Digest of everything but the models that an image is made of."""
        root = self._project.root
        digest = hashlib.sha256((root / "platformio.ini").read_bytes())
        for path in sorted((root / "firmware").rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(path.relative_to(root).as_posix().encode() + b"\0")
                digest.update(path.read_bytes())
        return digest.hexdigest()

    def _compiler(self, spec: TargetSpec) -> str:
        """Identity of the compilers on PATH: an upgrade must not reuse old images."""
        found = [find_tool(tool, self._project.root) for tool in spec.tools if "gcc" in tool]
        paths = [path.resolve() for path in found if path is not None]
        return "\n".join(f"{path} {path.stat().st_size}" for path in paths)


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


def write_files(folder: Path, files: dict[str, str]) -> None:
    """Make `folder` hold exactly `files`, leaving alone what is right already."""
    folder.mkdir(parents=True, exist_ok=True)
    for stale in {path.name for path in folder.iterdir()} - files.keys():
        (folder / stale).unlink()
    for name, text in files.items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
