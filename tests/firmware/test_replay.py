"""Commands read from a log and run again: only those that make PlatformIO's own image are kept."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from harness.firmware.replay import IMAGE, KEPT, keep_commands, replay

# A compiler and linker of the test: every output is its inputs' content behind each other.
COMPILER = """#!/bin/sh
out=; in=
while [ $# -gt 0 ]; do
    case "$1" in -o) out="$2"; shift ;; -*) ;; *) in="$in $1" ;; esac; shift
done
cat $in > "$out"
"""


class Workspace:
    """A workspace as PlatformIO leaves it after the image of `a.c` and `b.c` with `image.h`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / "workspace"
        self.build = self.folder / "build" / "env"
        self.elf = self.build / IMAGE
        self.log = root / "log"
        (self.build / "src").mkdir(parents=True)
        compiler = root / "cc"
        compiler.write_text(COMPILER)
        compiler.chmod(0o755)
        for name in ("a.c", "b.c", "image.h", "libengine.a"):
            (root / name).write_text(f"<{name}>")
        self.elf.write_text("<a.c><image.h><b.c><image.h><libengine.a>")
        self.write_log()

    def write_log(self, without: str = "nothing") -> None:
        src = self.build.relative_to(self.root) / "src"
        objects = [str(src / "a.o"), str(src / "b.o")]
        lines = [
            f"./cc -o {objects[0]} -c a.c image.h",
            f"./cc -o {objects[1]} -c b.c image.h",
            f"./cc -o {self.elf.relative_to(self.root)} {' '.join(objects)} libengine.a",
            "Don't stumble over this line",
        ]
        self.log.write_text("\n".join(line for line in lines if without not in line))

    def keep(self, inputs: str = "x") -> bool:
        keep_commands(self.folder, inputs, self.root, {}, self.log, self.elf)
        return (self.folder / KEPT).exists()

    def replay(self, inputs: str = "x") -> str | None:
        elf = replay(self.folder, inputs, self.root, {}, self.root / "replay.log")
        return None if elf is None else elf.read_text()


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


def test_other_generated_files_make_another_image_and_leave_platformios_alone(
    workspace: Workspace,
) -> None:
    before = workspace.elf.read_text()
    assert workspace.replay() is None
    assert workspace.keep()
    (workspace.root / "image.h").write_text("<other>")
    assert workspace.replay() == "<a.c><other><b.c><other><libengine.a>"
    assert workspace.elf.read_text() == before
    assert list((workspace.build / "src").iterdir()) == []
    said = (workspace.root / "replay.log").read_text().splitlines()
    assert [shlex.split(line)[0] for line in said] == ["./cc"] * 3


def test_commands_are_for_the_inputs_they_were_seen_with(workspace: Workspace) -> None:
    assert workspace.keep("x")
    assert workspace.replay("y") is None
    assert workspace.replay("x") is not None


@pytest.mark.parametrize("missing", ["a.c", "libengine.a"])
def test_a_log_without_all_commands_is_not_enough(workspace: Workspace, missing: str) -> None:
    workspace.write_log(without=missing)
    assert not workspace.keep()


def test_commands_that_make_another_image_are_forgotten(workspace: Workspace) -> None:
    assert workspace.keep()
    workspace.elf.write_text("what PlatformIO made in another way")
    assert not workspace.keep()
    assert workspace.replay() is None


def test_an_image_of_more_files_than_one_is_platformios(workspace: Workspace) -> None:
    (workspace.build / "firmware.bin").write_text("for the board's boot loader")
    assert not workspace.keep()


def test_a_command_that_fails_leaves_the_image_to_platformio(workspace: Workspace) -> None:
    assert workspace.keep()
    (workspace.root / "image.h").unlink()
    assert workspace.replay() is None
    assert "No such file" in (workspace.root / "replay.log").read_text()
    (workspace.root / "image.h").write_text("<image.h>")
    (workspace.root / "cc").unlink()
    assert workspace.replay() is None


def test_damaged_commands_are_not_run(workspace: Workspace) -> None:
    assert workspace.keep()
    kept = workspace.folder / KEPT
    kept.write_bytes(kept.read_bytes().replace(b"a.c", b"c.c"))
    assert workspace.replay() is None


def test_what_is_kept_are_words_not_lines(workspace: Workspace) -> None:
    assert workspace.keep()
    content = json.loads((workspace.folder / KEPT).read_bytes().partition(b"\n")[2])
    assert content["compile"][0] == [
        "./cc", "-o", "workspace/build/env/src/a.o", "-c", "a.c", "image.h",
    ]  # fmt: skip
