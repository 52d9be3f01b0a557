"""ESP32-C3, C6 and P4 in Espressif's esp-emu, which boots from the board's whole flash.

The command line is that of esp-emu's README: chip, merged flash image, UART0 as a TCP server.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.link.session import Session
from harness.targets.base import FLASH_IMAGE, Flashable
from harness.targets.espressif import HELLO_S, check_flash
from harness.targets.process import ProcessTarget, running
from harness.targets.socket_line import free_port, open_socket

START_S = 30.0


class EspEmuTarget(ProcessTarget):
    """Runs `spec.command` on a copy of the flash image and talks to the socket of UART0."""

    @contextmanager
    def connect(self, image: Flashable, log: Path) -> Iterator[Session]:
        """See Target.connect. The emulator ends with the context."""
        name = self.spec.name
        flash = image.elf.with_name(FLASH_IMAGE)
        check_flash(flash, name)
        with tempfile.TemporaryDirectory(prefix="flash-") as made:
            copy, port = Path(shutil.copy(flash, made)), free_port()
            with (
                running(self._command(flash=copy, port=port), log, name) as check_alive,
                open_socket(self.spec, "esp-emu", port, check_alive, START_S) as line,
            ):
                session = Session(line, name=name, check_alive=check_alive)
                session.hello(within_s=HELLO_S, build_id=image.build_id)
                yield session
