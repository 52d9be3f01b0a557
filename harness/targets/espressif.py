"""ESP32 and ESP32-C3 in Espressif's QEMU, which boots from the board's whole flash.

The command line is that of "QEMU Emulator" in ESP-IDF's guides. esptool's merge_bin makes the flash
image of a build (firmware/scripts/flash_image.py).
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.boards.toolchain import PROGRAMS
from harness.errors import TargetError, ToolMissing
from harness.link.session import Session
from harness.link.transport import open_port
from harness.targets.base import FLASH_IMAGE, Flashable
from harness.targets.process import ProcessTarget, await_pty, running

FLASH_SIZES = tuple(megabytes << 20 for megabytes in (2, 4, 8, 16))
HELLO_S = 60.0  # boot ROM, boot loader and FreeRTOS come first


class EspressifTarget(ProcessTarget):
    """Runs `spec.command` on a copy of the flash image and talks to the pty of UART0."""

    @contextmanager
    def connect(self, image: Flashable, log: Path) -> Iterator[Session]:
        """See Target.connect. QEMU ends with the context; its changes to the flash are lost."""
        name = self.spec.name
        flash = image.elf.with_name(FLASH_IMAGE)
        check_flash(flash, name)
        with tempfile.TemporaryDirectory(prefix="flash-") as made:
            copy = Path(shutil.copy(flash, made))
            command = self._command(flash=copy)
            with running(command, log, name) as check_alive:
                port = await_pty(log, check_alive, name)
                with open_port(port, self.spec.baud) as line:
                    session = Session(line, name=name, check_alive=check_alive)
                    session.hello(within_s=HELLO_S, build_id=image.build_id)
                    yield session

    def _command(self, **places: Path | int) -> list[str]:
        need = PROGRAMS[self.spec.tools[0]]
        path = need.locate(self._root)
        if path is None:
            raise ToolMissing(
                f"{need.name} is not installed", where=self.spec.name, hint=need.advice
            )
        return [str(path), *(word.format_map(places) for word in self.spec.command[1:])]


def check_flash(flash: Path, name: str) -> None:
    """Raise TargetError unless the build left the content of a flash that simulators can have."""
    if not flash.is_file():
        raise TargetError(
            f"the build left no {FLASH_IMAGE}",
            where=name,
            hint="firmware/scripts/flash_image.py makes it; see the build's log",
        )
    size = flash.stat().st_size
    if size not in FLASH_SIZES:
        sizes = ", ".join(f"{each:,}" for each in FLASH_SIZES)
        raise TargetError(
            f"{FLASH_IMAGE} has {size:,} B, the simulator takes {sizes}",
            where=name,
            hint="build it again",
        )
