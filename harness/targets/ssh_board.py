"""Linux boards over SSH: the image runs there, its standard input and output are the line."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import tty
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from harness.boards.catalogue import TargetSpec
from harness.errors import HarnessError, InputError, TargetError, ToolMissing
from harness.link.session import Session
from harness.link.transport import open_port
from harness.targets.base import Flashable, Target
from harness.targets.ownership import owned
from harness.targets.ports import Port

ADDRESS = re.compile(r"ssh://(?P<host>[^:/\s-][^:/\s]*)(?::(?P<port>\d+))?/?")
OPTIONS = ("-T", "-o", "BatchMode=yes", "-o", "ConnectTimeout=10")
COPY_S = 60.0
HELLO_S = 20.0
END_S = 3.0
COPY = 'f=$(mktemp) && cat > "$f" && chmod 700 "$f" && echo "$f"'
RUN = "trap 'rm -f {file}' EXIT; {file} --stdio"


class SshBoard(Target):
    """The board at `address`, ssh:

    [user@]host[:port]; SSH must admit this user without a password.
    """

    def __init__(self, spec: TargetSpec, address: str, locks: Path) -> None:
        super().__init__(spec)
        self._address = address
        self._locks = locks
        found = ADDRESS.fullmatch(address)
        if found is None:
            raise InputError(
                f"{address} is not the address of a board",
                where=spec.name,
                hint=f'[ports] "{spec.name}" = "ssh://user@host", or "local" on the board itself',
            )
        port = ("-p", found["port"]) if found["port"] else ()
        self._ssh = (*OPTIONS, *port, found["host"])

    @contextmanager
    def connect(self, image: Flashable, log: Path) -> Iterator[Session]:
        """See Target.connect. Program and file are removed from the board with the context."""
        log.parent.mkdir(parents=True, exist_ok=True)
        with owned(Port(self._address), self._locks), log.open("wb") as errors:
            file = self._copy(image.elf)
            master, slave = os.openpty()
            tty.setraw(slave)
            device = os.ttyname(
                slave
            )  # it has no name once a program that ended closed the other end
            process = subprocess.Popen(
                [*self._program(), RUN.format(file=shlex.quote(file))],
                stdin=master,
                stdout=master,
                stderr=errors,
                start_new_session=True,
            )
            os.close(master)
            try:
                yield from self._talk(device, process, image, log)
            finally:
                os.close(slave)  # the end of its input is the end of the program
                _end(process)

    def _talk(
        self, device: str, process: subprocess.Popen[bytes], image: Flashable, log: Path
    ) -> Iterator[Session]:
        def check_alive(wait_s: float) -> None:
            with suppress(subprocess.TimeoutExpired):
                code = process.wait(wait_s)
                raise TargetError(
                    f"the program on the board ended with exit code {code}" + _last_line(log),
                    where=self._address,
                )

        try:
            line = open_port(device, self.spec.baud)
        except HarnessError:
            check_alive(
                END_S
            )  # the error of an ended program explains more than that of its closed line
            raise
        with line:
            session = Session(line, name=self._address, check_alive=check_alive)
            session.hello(within_s=HELLO_S, build_id=image.build_id)
            yield session

    def _copy(self, elf: Path) -> str:
        """Put the image on the board and return its path there. Raises TargetError."""
        try:
            with elf.open("rb") as content:
                done = subprocess.run(
                    [*self._program(), COPY],
                    stdin=content,
                    capture_output=True,
                    timeout=COPY_S,
                    check=False,
                )
        except subprocess.TimeoutExpired as error:
            raise TargetError(
                f"the image was not copied within {COPY_S:g} s", where=self._address
            ) from error
        if done.returncode:
            lines = done.stderr.decode(errors="replace").strip().splitlines()
            raise TargetError(
                "SSH failed" + (f": {lines[-1]}" if lines else ""),
                where=self._address,
                hint=f"`ssh {shlex.join(self._ssh)} true` has to succeed without a question",
            )
        return done.stdout.decode().strip()

    def _program(self) -> list[str]:
        ssh = shutil.which("ssh")
        if ssh is None:
            raise ToolMissing(
                "ssh is not installed", where=self.spec.name, hint="apt-get install openssh-client"
            )
        return [ssh, *self._ssh]


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return f"; last output: {lines[-1]}" if lines else ""
