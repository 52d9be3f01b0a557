"""Targets that are a program on this machine with a pty for a UART: QEMU, simavr, host build."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import serial

from harness import children
from harness.boards.catalogue import TargetSpec
from harness.boards.requirement import find_tool
from harness.errors import TargetError, ToolMissing
from harness.link.session import Session
from harness.link.transport import open_port
from harness.project import set_up_command
from harness.targets.base import Flashable, Target

PTY = re.compile(rb"(/dev/(?:pts/|ttys)\w+)")
START_S = 10.0
HELLO_S = 15.0
LOG_TAIL = 300

CheckAlive = Callable[[float], None]


class ProcessTarget(Target):
    """Runs `spec.command` and talks to the pty whose path it prints."""

    def __init__(self, spec: TargetSpec, root: Path) -> None:
        super().__init__(spec)
        self._root = root

    @contextmanager
    def connect(self, image: Flashable, log: Path) -> Iterator[Session]:
        """See Target.connect. The simulator ends with the context, after errors too."""
        with (
            self.start(image.elf, log) as (port, check_alive),
            self._open(port) as line,
        ):
            session = Session(line, name=self.spec.name, check_alive=check_alive)
            session.hello(within_s=HELLO_S, build_id=image.build_id)
            yield session

    @contextmanager
    def start(self, elf: Path, log: Path) -> Iterator[tuple[str, Callable[[float], None]]]:
        """Return the pty of a simulator that runs `elf`, and a wait that raises TargetError if it
        ends.

        The simulator ends with the context, after errors too.
        """
        with running(self._command(elf=elf), log, self.spec.name) as check_alive:
            yield await_pty(log, check_alive, self.spec.name), check_alive

    def _open(self, port: str) -> serial.Serial:
        return open_port(port, self.spec.baud)

    def _command(self, **places: Path | int) -> list[str]:
        """Return `spec.command` with the program's path and `places` filled in."""
        program, *rest = (word.format_map(places) for word in self.spec.command)
        path = find_tool(program, self._root)
        if path is None:
            raise ToolMissing(
                f"{program} is not installed", where=self.spec.name, hint=set_up_command()
            )
        return [str(path), *rest]


@contextmanager
def running(command: Sequence[str], log: Path, name: str) -> Iterator[CheckAlive]:
    """Run a program while the block runs; its output goes to `log`.

    Yields a function that waits some seconds for the program to end. If it ends, the function
    raises TargetError with the last line of the output.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    # The simulator ends with the harness, also when that is killed before it can be watched.
    guard = shutil.which("setpriv")
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*([guard, "--pdeathsig", "KILL"] if guard else []), *command],
            stdin=subprocess.PIPE,  # the host build exits when this closes
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is the harness' to handle
        )
    children.watch(process)

    def check_alive(wait_s: float) -> None:
        with suppress(subprocess.TimeoutExpired):
            code = process.wait(wait_s)
            raise TargetError(_ending(code, log), where=name)

    try:
        yield check_alive
    finally:
        children.end(process)
        if process.stdin is not None:
            process.stdin.close()


def await_pty(log: Path, check_alive: CheckAlive, name: str) -> str:
    """Return the pty that a program's output names. Raises TargetError where none comes in time."""
    end = time.monotonic() + START_S
    while time.monotonic() < end:
        found = PTY.search(log.read_bytes())
        if found:
            return found[1].decode()
        check_alive(0)
        time.sleep(0.005)
    raise TargetError(
        f"the simulator named no pty within {START_S:g} s", where=name, hint=f"log: {log}"
    )


def _ending(code: int, log: Path) -> str:
    how = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
    lines = log.read_bytes()[-LOG_TAIL:].decode(errors="replace").strip().splitlines()
    return f"the simulator ended with {how}" + (f"; last output: {lines[-1]}" if lines else "")
