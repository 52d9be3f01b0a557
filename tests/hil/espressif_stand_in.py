"""A program that stands in for Espressif's QEMU: it lists the machine, takes the documented options
and runs what lies where the boot loader looks for the program: the firmware built for the host.

It is started by the names of theirs (test_espressif.py).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

MACHINES = {"qemu-system-xtensa": "esp32", "qemu-system-riscv32": "esp32c3"}
APPLICATION = 0x10000
FLASH_BYTES = 4 << 20


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main(name: str, words: list[str]) -> None:
    machine = MACHINES[name]
    if words == ["--version"]:
        say("QEMU emulator version 9.2.2 (esp_develop_9.2.2_20250817)")
    elif words == ["-machine", "help"]:
        say(f"Supported machines are:\n{machine:<20} Espressif {machine} machine")
    else:
        run(machine, words)


def run(machine: str, words: list[str]) -> None:
    options = dict(zip(words[::2], words[1::2], strict=False))
    if words[0] == "-nographic":
        options = dict(zip(words[1::2], words[2::2], strict=True))
    drive = options["-drive"].removeprefix("file=").removesuffix(",if=mtd,format=raw")
    flash = Path(drive).read_bytes()
    wanted = {
        "-machine": machine,
        "-global": f"driver=timer.{machine}.timg,property=wdt_disable,value=true",
        "-serial": "chardev:u0",
        "-chardev": "pty,id=u0",
    }
    if any(options[key] != value for key, value in wanted.items()) or len(flash) != FLASH_BYTES:
        sys.exit("qemu: these options are not those of the documentation")
    say("Adding SPI flash device")
    program = Path(drive).with_name("program")
    program.write_bytes(flash[APPLICATION:].rstrip(b"\xff"))
    program.chmod(0o700)
    Path(drive).write_bytes(b"\0" * FLASH_BYTES)  # a program may write to its flash
    os.execv(program, [str(program)])  # it names its pty as QEMU does, in words of its own


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
