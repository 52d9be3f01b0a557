"""Images made by the commands that PlatformIO used, without a start of PlatformIO for each.

PlatformIO takes 0.8 s of processor time to find the few files that an image changes; compiling and
linking them takes 0.2 s. So its first image of a workspace is built with `-v`, the log's commands
for the application (firmware/src) and the linker are run once more, and where that makes the same
ELF file to the byte they are kept for all images whose `inputs` are the same: everything but the
generated files. All else, and whatever fails here, is PlatformIO's.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

from harness import children
from harness.durable import read_sealed, write_sealed

KEPT = "commands.json"  # in the workspace
FOLDER = "replay"  # of objects and image, in the workspace: PlatformIO's own stay as they are
IMAGE = "firmware.elf"
TIMEOUT_S = 300
Command = tuple[str, ...]


@dataclass(frozen=True)
class Commands:
    """The compiler's command for each object of the application, and the linker's."""

    inputs: str
    compile: tuple[Command, ...]
    link: Command


def replay(
    workspace: Path, inputs: str, root: Path, variables: Mapping[str, str], log: Path
) -> Path | None:
    """Make the image of the workspace's generated files; return its ELF file.

    Commands run in `root`, under the environment `variables`; they and what they say go to `log`.
    Return None where there are no commands for `inputs` or one of them fails.
    """
    commands = _read(workspace / KEPT, inputs)
    return _run(commands, workspace, root, variables, log) if commands is not None else None


def keep_commands(
    workspace: Path, inputs: str, root: Path, variables: Mapping[str, str], log: Path, elf: Path
) -> None:
    """Keep the commands of `log`, with which PlatformIO made `elf`, if they make the same again."""
    (workspace / KEPT).unlink(missing_ok=True)
    files = [path for path in elf.parent.iterdir() if path.is_file() and path != elf]
    if any(path.suffix != ".a" and not path.name.startswith(".") for path in files):
        return  # more than an ELF file is made of this image
    commands = _seen(log, root, elf.parent / "src", inputs)
    if commands is None:
        return
    again = _run(commands, workspace, root, variables, workspace / "replay.log")
    if again is not None and again.read_bytes() == elf.read_bytes():
        write_sealed(workspace / KEPT, json.dumps(asdict(commands)).encode())


def _read(path: Path, inputs: str) -> Commands | None:
    content = read_sealed(path)
    if content is None:
        return None
    kept = json.loads(content)
    if kept["inputs"] != inputs:
        return None
    return Commands(inputs, tuple(map(tuple, kept["compile"])), tuple(kept["link"]))


def _seen(log: Path, root: Path, objects: Path, inputs: str) -> Commands | None:
    """Return the commands in PlatformIO's log, None where one is missing for an object linked."""
    compiled: dict[Path, Command] = {}
    link: Command | None = None
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            words = tuple(shlex.split(line))
        except ValueError:
            continue
        output = _output(words, root)
        if output is None:
            continue
        if "-c" in words and objects in output.parents:
            compiled[output] = words
        elif output.name == IMAGE:
            link = words
    linked = {root / word for word in link or () if word.endswith(".o")}
    ours = {path for path in linked if objects in path.parents}
    if link is None or not ours or ours - compiled.keys():
        return None
    return Commands(inputs, tuple(compiled[path] for path in sorted(ours)), link)


def _output(words: Command, root: Path) -> Path | None:
    at = words.index("-o") + 1 if "-o" in words else len(words)
    return root / words[at] if at < len(words) else None


def _run(
    commands: Commands, workspace: Path, root: Path, variables: Mapping[str, str], log: Path
) -> Path | None:
    folder = workspace / FOLDER
    folder.mkdir(exist_ok=True)
    elf = folder / IMAGE
    elf.unlink(missing_ok=True)
    files = {_output(commands.link, root): str(elf)}
    files |= {
        _output(each, root): str(folder / f"{i}.o") for i, each in enumerate(commands.compile)
    }
    *compilations, link = (
        [files.get(root / word, word) for word in words]
        for words in (*commands.compile, commands.link)
    )
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as said:
        done = _at_once(compilations, root, variables, said) and _at_once(
            [link], root, variables, said
        )
    return elf if done and elf.is_file() else None


def _at_once(
    commands: list[list[str]], root: Path, variables: Mapping[str, str], said: BinaryIO
) -> bool:
    """Run the commands side by side; return True where all succeed."""
    environment = os.environ | variables
    processes: list[subprocess.Popen[bytes]] = []
    try:
        for command in commands:
            said.write(f"{shlex.join(command)}\n".encode())
            said.flush()
            processes.append(
                subprocess.Popen(
                    command,
                    cwd=root,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=said,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            )
            children.watch(processes[-1])
        codes = [process.wait(TIMEOUT_S) for process in processes]
        return not any(codes)
    except (OSError, subprocess.TimeoutExpired):
        return False
    finally:
        for process in processes:
            children.end(process)
