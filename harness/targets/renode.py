"""Targets in Renode: headless, with a generated machine and script, the UART as a TCP socket.

Time is virtual: the core executes `mips` million instructions in a second of it, and the cycle
counter ticks once an instruction. Renode's documentation: "Using Renode" (command line, monitor),
"Platform description format" and "UART integration" (socket terminal).
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.boards.catalogue import RenodeMachine, TargetSpec
from harness.errors import TargetError
from harness.link.session import Session
from harness.targets.base import Flashable
from harness.targets.process import ProcessTarget, running
from harness.targets.socket_line import free_port, open_socket

START_S = 90.0  # its first start fetches register descriptions that its platforms name
HELLO_S = 60.0
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

                with open_socket(self.spec, "Renode", port, check, START_S) as line:
                    session = Session(line, name=name, check_alive=check)
                    session.hello(within_s=HELLO_S, build_id=image.build_id)
                    yield session


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
