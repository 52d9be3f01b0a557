"""Real boards on a serial port: flash only when needed, then talk; recover those that hang."""

from __future__ import annotations

import shlex
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from harness.errors import LinkError, PortBusy, TargetError, WrongFirmware
from harness.link.deadline import Deadline
from harness.link.messages import Hello
from harness.link.session import Session
from harness.link.transport import open_port
from harness.targets.base import Flashable, Target
from harness.targets.catalogue import TargetSpec, load_catalogue
from harness.targets.ownership import choosing, owned
from harness.targets.ports import Port, follow

HELLO_S = 4.0
BOOT_S = 15.0
POWER_S = 60.0
WAIT_STEP_S = 0.2


class SerialBoard(Target):
    """A board behind one of `ports`: of several that look alike the first that nobody uses.

    `upload(port)` flashes the wanted image; it is called only when the board does not already run
    that build, or does not answer. `power` is a command that turns the board off and on again.
    Boards that are all in use are waited for `wait_s` seconds.
    """

    def __init__(
        self,
        spec: TargetSpec,
        ports: Sequence[Port],
        locks: Path,
        upload: Callable[[str], None],
        power: str = "",
        wait_s: float = 0.0,
    ) -> None:
        super().__init__(spec)
        self._ports = ports
        self._locks = locks
        self._upload = upload
        self._power = power
        self._wait_s = wait_s

    @contextmanager
    def connect(self, image: Flashable, log: Path) -> Iterator[Session]:  # noqa: ARG002
        """See Target.connect; the port is locked, with its owner's process id in the lock.

        A board that stays silent is flashed again; then, where `power` is set, turned off and on
        and flashed once more.
        """
        with self._claimed(image) as port:
            ready = self._ready(port, image)
            with open_port(ready.device, self.spec.baud) as line:
                session = Session(line, name=f"{self.spec.name} at {ready.device}")
                session.hello(within_s=BOOT_S, build_id=image.build_id)
                yield session

    def _ready(self, port: Port, image: Flashable) -> Port:
        """The port where the board now runs `image`, after whatever that took."""
        hello = self._ask(port)
        if hello is not None and hello.build_id == image.build_id:
            return port
        if not self._power:
            return self._flash(port)
        with suppress(TargetError):
            port = self._flash(port)
            if self._answers(port, image):
                return port
        self._cycle(port)
        port = follow(port)
        return port if self._answers(port, image) else self._flash(port)

    def _flash(self, port: Port) -> Port:
        self._upload(port.device)
        return follow(port)

    def _answers(self, port: Port, image: Flashable) -> bool:
        with suppress(LinkError, WrongFirmware):
            self._hello(port, BOOT_S, image.build_id)
            return True
        return False

    def _cycle(self, port: Port) -> None:
        command = [word.replace("{port}", port.device) for word in shlex.split(self._power)]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=POWER_S, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise TargetError(
                f"the power command failed: {error}",
                where=self.spec.name,
                hint="[power] of the plan",
            ) from error
        if done.returncode:
            said = (done.stderr or done.stdout).strip().splitlines()
            raise TargetError(
                f"the power command ended with exit code {done.returncode}"
                + (f": {said[-1]}" if said else ""),
                where=self.spec.name,
                hint="[power] of the plan",
            )

    @contextmanager
    def _claimed(self, image: Flashable) -> Iterator[Port]:
        """Own the board to use. Raises PortBusy where all are in use, TargetError if in doubt."""
        deadline = Deadline(self._wait_s)
        while True:
            with ExitStack() as held:
                try:
                    chosen = self._claim(held, image)
                except PortBusy:
                    if deadline.passed:
                        raise
                else:
                    yield chosen
                    return
            time.sleep(WAIT_STEP_S)

    def _claim(self, held: ExitStack, image: Flashable) -> Port:
        """Lock one free board for as long as `held` is open. Raises PortBusy, TargetError."""
        # One run at a time looks around: boards held while they are asked are not in use.
        with choosing(self._locks):
            free: dict[Port, ExitStack] = {}
            busy: PortBusy | None = None
            for port in self._ports:
                try:
                    lock = ExitStack()
                    lock.enter_context(owned(port, self._locks))
                    free[port] = held.enter_context(lock)
                except PortBusy as error:
                    busy = error
            if busy is not None and not free:
                raise busy
            chosen = self._choose(list(free), image)
            for port, lock in free.items():
                if port != chosen:
                    lock.close()
            return chosen

    def _choose(self, free: Sequence[Port], image: Flashable) -> Port:
        if len(self._ports) == 1:
            return free[0]
        told = {port: self._ask(port) for port in free}
        mine = [port for port, hello in told.items() if hello and hello.core == self.spec.core]
        for port in mine:
            hello = told[port]
            if hello is not None and hello.build_id == image.build_id:
                return port
        silent = [port for port, hello in told.items() if hello is None]
        if mine:
            return mine[0]
        if silent and all(self._only_this(port) for port in silent):
            return silent[0]
        listed = ", ".join(port.device for port in free)
        raise TargetError(
            f"several ports could be this board: {listed}",
            where=self.spec.name,
            hint=f'name one in the plan: [ports] "{self.spec.name}" = "{free[0].device}"',
        )

    def _only_this(self, port: Port) -> bool:
        """Whether no other board of the catalogue has this USB id: a bridge chip tells nothing."""
        others = (spec for spec in load_catalogue().values() if spec.name != self.spec.name)
        return all(port.usb not in {identity.upper() for identity in spec.usb} for spec in others)

    def _ask(self, port: Port) -> Hello | None:
        with suppress(LinkError):
            return self._hello(port, HELLO_S)
        return None

    def _hello(self, port: Port, within_s: float, build_id: str | None = None) -> Hello:
        with open_port(port.device, self.spec.baud) as line:
            return Session(line, name=port.device).hello(within_s=within_s, build_id=build_id)
