"""Programs with a pty: how they end, and what they say of wrong arguments."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from harness.boards.catalogue import load_catalogue
from tests.chosen_targets import CATALOGUE, targets_of
from tests.hil.port_images import (
    ANSWER_S,
    EMPTY,
    Builds,
    await_end,
    await_pty,
    command_of,
    prepare_simulators,
)

pytestmark = pytest.mark.hil


@pytest.mark.parametrize("name", ["host", "simavr-uno", *targets_of("rp2040js")])
def test_program_dies_with_its_parent(name: str, build: Builds, tmp_path: Path) -> None:
    spec = load_catalogue()[name]
    log = tmp_path / "log"
    code = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE)\n"
        "print('pid', child.pid, file=sys.stderr, flush=True)\n"
        "time.sleep(600)\n"
    )
    command = command_of(spec, build(spec, EMPTY))
    with log.open("wb") as output:
        parent = subprocess.Popen(
            [sys.executable, "-c", code, *command], stdout=output, stderr=subprocess.PIPE
        )
    assert parent.stderr is not None
    pid = int(parent.stderr.readline().split()[1])
    await_pty(log, parent)
    parent.kill()
    parent.wait()
    parent.stderr.close()
    await_end(pid)


@pytest.mark.parametrize("name", [each for each in targets_of("serial") if CATALOGUE[each].tools])
def test_a_bare_metal_board_is_built_offline(name: str, build: Builds) -> None:
    header = build(CATALOGUE[name], EMPTY).read_bytes()[:20]
    assert header[:4] == b"\x7fELF"
    assert int.from_bytes(header[18:20], "little") == 40  # EM_ARM


def test_host_build_ends_with_its_input(build: Builds, tmp_path: Path) -> None:
    command = command_of(load_catalogue()["host"], build(load_catalogue()["host"], EMPTY))
    log = tmp_path / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=output)
    await_pty(log, process)
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(ANSWER_S) == 0


def test_runner_tells_what_is_wrong(tmp_path: Path) -> None:
    prepare_simulators()
    spec = load_catalogue()["simavr-uno"]
    missing = command_of(spec, tmp_path / "missing.elf")
    no_firmware = command_of(spec, EMPTY / "image.h")
    no_part = [missing[0], "-m", "atmega0", "firmware.elf"]
    for command, word in (
        (missing, "missing.elf"),
        (no_firmware, "image.h"),
        (no_part, "atmega0"),
        (missing[:1], "usage"),
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode in (1, 2)
        assert word in done.stderr


def test_picos_runner_tells_what_is_wrong(tmp_path: Path) -> None:
    prepare_simulators()
    (name,) = targets_of("rp2040js")
    missing = command_of(load_catalogue()[name], tmp_path / "missing.elf")
    for command, words in (
        (missing, "missing.elf: ENOENT"),
        ([missing[0], str(EMPTY / "image.h")], "image.h: not a 32-bit little-endian ELF file"),
        ([missing[0], str(EMPTY / "image.h"), "more.elf"], "usage"),
        ([missing[0], "-x"], "option -- 'x'"),
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
        assert done.returncode in (1, 2)
        assert words in done.stderr
        assert "at " not in done.stderr  # a stack trace
