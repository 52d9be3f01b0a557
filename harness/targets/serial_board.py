"""Real boards on a serial port: flash only when needed, then talk."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout
from serial.tools import list_ports

from harness.errors import LinkError, TargetError, WrongFirmware
from harness.link.deadline import Deadline
from harness.link.session import Session
from harness.link.transport import open_port
from harness.targets.base import Flashable, Target
from harness.targets.catalogue import TargetSpec

HELLO_S = 4.0
REAPPEAR_S = 15.0


class SerialBoard(Target):
    """A board behind `port`, a device path or a pyserial URL.

    `upload(port)` flashes the wanted image; it is called only when the board does not already run
    that build.
    """

    def __init__(
        self, spec: TargetSpec, port: str, locks: Path, upload: Callable[[str], None]
    ) -> None:
        super().__init__(spec)
        self._port = port
        self._locks = locks
        self._upload = upload

    @contextmanager
    def connect(self, image: Flashable, log: Path) -> Iterator[Session]:  # noqa: ARG002
        """See Target.connect; the port is locked, with its owner's process id in the lock."""
        with self._owned():
            if not self._runs(image):
                self._upload(self._port)
                self._await_port()
            with open_port(self._port, self.spec.baud) as line:
                session = Session(line, name=f"{self.spec.name} at {self._port}")
                session.hello(within_s=REAPPEAR_S, build_id=image.build_id)
                yield session

    def _runs(self, image: Flashable) -> bool:
        with suppress(LinkError, WrongFirmware), open_port(self._port, self.spec.baud) as line:
            Session(line, name=self._port).hello(within_s=HELLO_S, build_id=image.build_id)
            return True
        return False

    def _await_port(self) -> None:
        """After an upload the port may vanish for some seconds while the board enumerates."""
        if "://" in self._port:
            return
        deadline = Deadline(REAPPEAR_S)
        while not Path(self._port).exists():
            if deadline.passed:
                raise TargetError(
                    "the port did not come back after the upload",
                    where=self._port,
                    hint="press the board's reset button, or check `harness targets`",
                )
            time.sleep(0.1)

    @contextmanager
    def _owned(self) -> Iterator[None]:
        self._locks.mkdir(parents=True, exist_ok=True)
        path = self._locks / (re.sub(r"\W+", "_", self._port).strip("_") + ".lock")
        owner = path.with_suffix(".owner")
        lock = FileLock(path)
        try:
            lock.acquire(timeout=0)
        except Timeout as error:
            who = owner.read_text(encoding="utf-8") if owner.exists() else "another process"
            raise TargetError(
                f"the board is in use by {who}", where=self._port, hint="wait for it to finish"
            ) from error
        try:
            owner.write_text(f"process {os.getpid()}", encoding="utf-8")
            yield
        finally:
            lock.release()


def find_port(spec: TargetSpec) -> str:
    """The one serial port whose USB ids belong to this board.

    Raises TargetError where there is none, or several look alike.
    """
    wanted = {identity.upper() for identity in spec.usb}
    found = [
        port.device
        for port in list_ports.comports()
        if port.vid is not None and f"{port.vid:04X}:{port.pid:04X}" in wanted
    ]
    if len(found) == 1:
        return str(found[0])
    if not found:
        raise TargetError(
            f"no board with USB id {', '.join(sorted(wanted))} is attached",
            where=spec.name,
            hint=f'plug it in, or name its port in the plan: [ports] "{spec.name}" = "/dev/tty…"',
        )
    raise TargetError(
        f"several ports could be this board: {', '.join(map(str, found))}",
        where=spec.name,
        hint=f'name one in the plan: [ports] "{spec.name}" = "{found[0]}"',
    )
