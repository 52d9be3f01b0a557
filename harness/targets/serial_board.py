"""Boards on a serial port: flashed only when needed, recovered when they hang."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path

from harness.boards.catalogue import Reset, TargetSpec, load_catalogue
from harness.errors import LinkError, PortBusy, TargetError, WrongFirmware
from harness.link.deadline import Deadline
from harness.link.messages import Hello
from harness.link.session import Session
from harness.link.transport import open_port
from harness.targets.base import Flashable, Target
from harness.targets.ownership import choosing, owned
from harness.targets.ports import Port, follow
from harness.targets.power import cycle
from harness.targets.recovery import RecoveryStep, recover
from harness.targets.reset import can_reset, reset

HELLO_S = 4.0
BOOT_S = 15.0
WAIT_STEP_S = 0.2


class SerialBoard(Target):
    """A board behind one of `ports`: the first free one of those that look alike.

    The image is uploaded only where the board runs another build or does not answer. `power` turns
    the board off and on again (see power.py). If all boards are in use, the run waits `wait_s`
    seconds.
    """

    def __init__(
        self,
        spec: TargetSpec,
        ports: Sequence[Port],
        locks: Path,
        power: str = "",
        wait_s: float = 0.0,
    ) -> None:
        super().__init__(spec)
        self._ports = ports
        self._locks = locks
        self._power = power
        self._wait_s = wait_s

    @contextmanager
    def connect(self, image: Flashable, log: Path) -> Iterator[Session]:  # noqa: ARG002
        """See Target.connect. The port is locked, with the owner's process id in the lock.

        A silent board is reset and flashed again. Where `power` is set, it is then turned off and
        on and flashed once more.
        """
        with self._claimed(image) as port:
            ready = self._ready(port, image)
            with open_port(ready.device, self.spec.baud) as line:
                name = f"{self.spec.name} at {ready.device}"
                session = Session(line, name=name, board=ready.hardware)
                session.hello(within_s=BOOT_S, build_id=image.build_id)
                yield session

    def _ready(self, port: Port, image: Flashable) -> Port:
        """Return the port of the board that runs `image`, after a recovery if needed."""
        trouble = self._trouble(port, image, HELLO_S)
        if trouble is None:
            return port
        steps = self._recovery_steps(port, image, silent=not isinstance(trouble, WrongFirmware))
        return recover(port, steps, lambda found: self._trouble(found, image, BOOT_S), trouble)

    def _recovery_steps(self, port: Port, image: Flashable, *, silent: bool) -> list[RecoveryStep]:
        flash = RecoveryStep("flash", partial(self._flash, image))
        steps = [flash] if self._can_flash(port) else []
        if silent and can_reset(self._reset_method, port):
            steps.insert(0, RecoveryStep("reset", self._reset))
        if self._power:
            steps.append(RecoveryStep("power cycle", self._cycle))
            steps += [flash] if self._can_flash(port) else []
        return steps

    def _can_flash(self, port: Port) -> bool:
        """True where uploads work: on local ports, and over URLs by esptool if lines reset the
        board."""
        board = self.spec.board
        remote = port.device.startswith("rfc2217://")
        return not port.is_url or (remote and board is not None and board.upload == "esptool")

    def _flash(self, image: Flashable, port: Port) -> Port:
        image.upload(port.device)
        return follow(port)

    def _reset(self, port: Port) -> Port:
        reset(self._reset_method, port, self.spec.baud)
        return follow(port)

    def _cycle(self, port: Port) -> Port:
        cycle(self._power, port, self.spec.name)
        return follow(port)

    @property
    def _reset_method(self) -> Reset:
        return self.spec.board.reset if self.spec.board is not None else "none"

    def _trouble(self, port: Port, image: Flashable, within_s: float) -> LinkError | None:
        """Return the reason why the board cannot be used for `image` now, None if it can."""
        try:
            self._hello(port, within_s, image.build_id)
        except LinkError as error:
            return error
        return None

    @contextmanager
    def _claimed(self, image: Flashable) -> Iterator[Port]:
        """Own the board to use. Raises PortBusy where all are in use, TargetError in doubt."""
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
        # One run at a time chooses: boards locked for a question are not in use.
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
        hellos = {port: self._ask(port) for port in free}
        mine = [port for port, hello in hellos.items() if hello and hello.core == self.spec.core]
        for port in mine:
            hello = hellos[port]
            if hello is not None and hello.build_id == image.build_id:
                return port
        silent = [port for port, hello in hellos.items() if hello is None]
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
        """True where no board of another env has this USB id; bridge chips share theirs."""
        catalogue = load_catalogue()
        env = catalogue.get(self.spec.name, self.spec).env
        others = [spec for spec in catalogue.values() if spec.env != env]
        return all(port.usb not in {identity.upper() for identity in spec.usb} for spec in others)

    def _ask(self, port: Port) -> Hello | None:
        with suppress(LinkError):
            return self._hello(port, HELLO_S)
        return None

    def _hello(self, port: Port, within_s: float, build_id: str | None = None) -> Hello:
        with open_port(port.device, self.spec.baud) as line:
            return Session(line, name=port.device).hello(within_s=within_s, build_id=build_id)
