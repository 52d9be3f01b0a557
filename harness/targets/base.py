"""Interface of all drivers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from harness.boards.catalogue import TargetSpec
from harness.link.session import Session

FLASH_IMAGE = "flash.bin"  # of boards whose simulator boots from the whole flash


@dataclass(frozen=True)
class Flashable:
    """A linked image: its ELF file and the build id compiled into it.

    `upload(port)` flashes the image onto the board at a serial port; unused by other targets.
    """

    elf: Path
    build_id: str
    upload: Callable[[str], None] = field(repr=False, compare=False)


class Target(ABC):
    """One board or simulator."""

    def __init__(self, spec: TargetSpec) -> None:
        self.spec = spec

    @abstractmethod
    def connect(self, image: Flashable, log: Path) -> AbstractContextManager[Session]:
        """Return a session with the device while it runs `image`; other output goes to `log`.

        Raises TargetError (it did not start, or died), LinkError (silent) or WrongFirmware.
        """
