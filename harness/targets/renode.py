"""Targets in Renode: headless, with a generated machine and script, the UART as a TCP socket.

Time is virtual: the core executes `mips` million instructions in a second of it, and the cycle
counter ticks once an instruction. Renode's documentation: "Using Renode" (command line, monitor),
"Platform description format" and "UART integration" (socket terminal).
"""

from __future__ import annotations

import re
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import serial

from harness.boards.catalogue import RenodeMachine, TargetSpec
from harness.errors import LinkError, TargetError
from harness.link.deadline import Deadline
from harness.link.session import Session
from harness.link.transport import open_port
from harness.targets.base import Flashable
from harness.targets.process import CheckAlive, ProcessTarget, running

START_S = 90.0  # its first start fetches register descriptions that its platforms name
HELLO_S = 60.0
RETRY_S = 0.2
LOOPBACK = "127.0.0.1"
FAILED = re.compile(r"There was an error executing command.*|Errors during compilation.*")


class RenodeTarget(ProcessTarget):
    """Runs `spec.command` with a generated script and talks to the UART's socket."""

    def __init__(self, spec: TargetSpec, root: Path) -> None:
        super().__init__(spec, root)
        if spec.renode is None:
            raise TargetError("boards.toml describes no Renode machine", where=spec.name)
        self._machine = spec.renode

    @contextmanager
    def connect(self, image: Flashable, log: Path) -> Iterator[Session]:
        """See Target.connect. Renode ends with the context, after errors too."""
        name = self.spec.name
        with tempfile.TemporaryDirectory(prefix="renode-") as made:
            folder, port = Path(made), free_port()
            write_scripts(folder, self._machine, name=name, elf=image.elf, port=port)
            command = self._command(script=folder / "run.resc")
            with running(command, log, name) as check_alive:

                def check(wait_s: float) -> None:
                    check_alive(wait_s)
                    error = complaint(log.read_text(encoding="utf-8", errors="replace"))
                    if error:
                        raise TargetError(error, where=name, hint=f"log: {log}")

                with self._line(port, check) as line:
                    session = Session(line, name=name, check_alive=check)
                    session.hello(within_s=HELLO_S, build_id=image.build_id)
                    yield session

    def _line(self, port: int, check: CheckAlive) -> serial.Serial:
        deadline = Deadline(START_S)
        while True:
            try:
                return open_port(f"socket://{LOOPBACK}:{port}", self.spec.baud)
            except LinkError as error:
                if deadline.passed:
                    raise TargetError(
                        f"Renode opened no socket within {START_S:g} s", where=self.spec.name
                    ) from error
            check(RETRY_S)


def write_scripts(folder: Path, machine: RenodeMachine, *, name: str, elf: Path, port: int) -> None:
    """Write `run.resc`, which sets up and starts the simulation, and the platform that it loads."""
    platform, script = folder / "machine.repl", folder / "run.resc"
    platform.write_text(
        f'using "{machine.platform}"\n\n'
        "dwt: Miscellaneous.DWT @ sysbus 0xE0001000\n"
        f"    frequency: {machine.mips * 1_000_000}\n",
        encoding="utf-8",
    )
    commands = [
        "logLevel 3",
        f'mach create "{name}"',
        f"machine LoadPlatformDescription {at(platform)}",
        f"sysbus.cpu PerformanceInMips {machine.mips}",
        f'emulation CreateServerSocketTerminal {port} "line" False',
        f"connector Connect {machine.uart} line",
        f"sysbus LoadELF {at(elf)}",
        "start",
    ]
    script.write_text("\n".join(commands) + "\n", encoding="utf-8")


def at(path: Path) -> str:
    """Return a path in the syntax of Renode's monitor."""
    return "@" + str(path).replace(" ", "\\ ")


def complaint(output: str) -> str:
    """Return the error of Renode's monitor with the line of its reason, empty if there is none."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    for index, line in enumerate(lines):
        found = FAILED.search(line)
        if found:
            return ": ".join([found[0].rstrip(":"), *lines[index + 1 : index + 2]])
    return ""


def free_port() -> int:
    """Return a TCP port without a listener."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])
