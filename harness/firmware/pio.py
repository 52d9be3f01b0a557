"""The only place that runs PlatformIO: compile an image, upload it to a board.

Further images of a workspace are made by PlatformIO's own commands, without it: replay.py.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from harness import children
from harness.boards.catalogue import TargetSpec
from harness.boards.requirement import find_tool
from harness.durable import SEAL, discard_damaged, seal
from harness.errors import BuildError, ToolMissing
from harness.firmware.library import Library
from harness.firmware.pio_errors import build_failure
from harness.firmware.replay import keep_commands, replay
from harness.project import Project, set_up_command

DIGEST_DIGITS = 16  # of build ids and of libraries, in the names of folders
GLUE = Path("firmware", "engines")  # libraries for images that want one more
TIMEOUT_S = 900
LIBRARY_TIMEOUT_S = 3600  # the first image with TensorFlow Lite Micro compiles hundreds of files
Render = Callable[[str], dict[str, str]]  # build id -> the image's generated files by name


@dataclass(frozen=True)
class Environment:
    """The environment of platformio.ini for one target, with a workspace of its own on disk.

    `flags` go to the compiler. `library` is linked beside the firmware's own libraries; images with
    one have another workspace, so that those without are not rebuilt. `toolchain` is the digest of
    compiler and libraries: objects of another one are thrown away. `inputs` is the digest of all
    that an image is made of but its generated files; without it every image is PlatformIO's.
    """

    project: Project
    spec: TargetSpec
    flags: str = ""
    library: Library | None = None
    toolchain: str = ""
    inputs: str = ""

    @property
    def name(self) -> str:
        """The environment's name in platformio.ini."""
        return self.spec.env + (self.library.env_suffix if self.library is not None else "")

    @contextmanager
    def workspace(self) -> Iterator[Path]:
        """The workspace's folder, locked against other threads and processes."""
        library = f"-{self.library.digest[:DIGEST_DIGITS]}" if self.library is not None else ""
        folder = self.project.builds / "workspaces" / f"{self.name}{library}"
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.with_suffix(".lock")):
            yield folder

    def compile(self, workspace: Path, files: dict[str, str], log: Path) -> Path:
        """Compile the image of generated `files`; return its ELF file, inside the workspace.

        Raises BuildError with the log's path, DoesNotFit with the figures, ModelError where the
        compiler has no floats for the model, ToolMissing.
        """
        write_files(workspace / "image", files)
        discard_damaged(workspace / "build", self._seal)
        replaying = (workspace, self.inputs, self.project.root, self._variables(workspace))
        if self.inputs and (made := replay(*replaying, log)):
            return made
        # An env's first build may install its platform, and PlatformIO's package manager is not
        # made for two at once. A local library comes after the image without it.
        local = self.library is not None and self.library.storage is not None
        first = not local and not (workspace / "build").exists()
        core = self.project.builds / "core.lock"
        with FileLock(core) if first else nullcontext():
            self._run(workspace, log, "-v")
        elf = next((workspace / "build" / self.name).glob("firmware.elf"), None)
        if elf is None:
            raise BuildError("PlatformIO made no firmware.elf", where=self.spec.name, log=str(log))
        if self.inputs and (self.library is None or self.library.replaces):
            keep_commands(*replaying, log, elf)
        return elf

    def upload(self, workspace: Path, files: dict[str, str], log: Path, port: str) -> None:
        """Flash the image of generated `files` onto the board at `port`. Raises as `compile`."""
        write_files(workspace / "image", files)
        discard_damaged(workspace / "build", self._seal)
        self._run(workspace, log, "--target", "upload", "--upload-port", port)

    @property
    def _seal(self) -> str:
        """Name in the seal of PlatformIO's objects: SCons compares neither them nor compilers."""
        return f"build by {self.toolchain}"

    def _run(self, workspace: Path, log: Path, *options: str) -> None:
        pio = find_tool("pio", self.project.root)
        if pio is None:
            raise ToolMissing("PlatformIO is not installed", hint=set_up_command())
        log.parent.mkdir(parents=True, exist_ok=True)
        command = [str(pio), "run", "-d", str(self.project.root), "-e", self.name, *options]
        build = workspace / "build"
        (build / SEAL).unlink(missing_ok=True)  # until PlatformIO has ended by itself
        timeout_s = TIMEOUT_S if self.library is None else LIBRARY_TIMEOUT_S
        with log.open("w", encoding="utf-8") as output:
            try:
                done = children.run(
                    [*command, "--disable-auto-clean"],
                    timeout_s=timeout_s,
                    env=os.environ | self._variables(workspace),
                    stdout=output,
                    stderr=subprocess.STDOUT,
                )
            except subprocess.TimeoutExpired as error:
                raise BuildError(
                    f"PlatformIO did not finish within {timeout_s} s",
                    where=self.spec.name,
                    log=str(log),
                ) from error
        if done.returncode >= 0 and build.exists():
            seal(build, self._seal)
        if done.returncode:
            raise build_failure(self.spec, log)

    def _variables(self, workspace: Path) -> dict[str, str]:
        """The environment variables that PlatformIO and the build's scripts read."""
        variables = {
            "PLATFORMIO_WORKSPACE_DIR": str(workspace),
            "PLATFORMIO_DISABLE_UPGRADE_CHECK": "true",
            "PLATFORMIO_SETTING_ENABLE_TELEMETRY": "no",
            "HARNESS_IMAGE_DIR": str(workspace / "image"),
            "PLATFORMIO_BUILD_FLAGS": self.flags,
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        }
        if self.library is not None and self.library.replaces:
            variables["PLATFORMIO_LIB_DIR"] = str(self.library.storage)
        elif self.library is not None:
            glue = self.project.root / GLUE if self.library.glue else None
            folders = [glue, self.library.storage]
            variables["PLATFORMIO_LIB_EXTRA_DIRS"] = ", ".join(
                str(each) for each in folders if each
            )
        return variables


@dataclass(frozen=True)
class Upload:
    """The upload of one image: its environment, its files, its build id."""

    environment: Environment
    render: Render
    build_id: str

    def __call__(self, port: str) -> None:
        """Flash the image onto the board at `port`. Raises BuildError, DoesNotFit, ToolMissing."""
        environment = self.environment
        log = environment.project.logs / f"upload-{environment.name}-{self.build_id}.log"
        with environment.workspace() as workspace:
            environment.upload(workspace, self.render(self.build_id), log, port)


def write_files(folder: Path, files: dict[str, str]) -> None:
    """Make `folder` hold exactly `files`; files with the right content stay untouched."""
    folder.mkdir(parents=True, exist_ok=True)
    for stale in {path.name for path in folder.iterdir()} - files.keys():
        (folder / stale).unlink()
    for name, text in files.items():
        path = folder / name
        content = text.encode()
        if not path.exists() or path.read_bytes() != content:
            path.write_bytes(content)
