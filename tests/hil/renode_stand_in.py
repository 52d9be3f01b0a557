"""A program that stands in for Renode: its documented options, the monitor commands that the
harness writes, and a socket terminal. An Arm image runs in QEMU; what QEMU lacks is refused.

It is started as `renode` from a folder on PATH (test_renode.py).
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

# Renode's platforms that the tests use: QEMU's machine with such a UART, and which of its UARTs.
PLATFORMS = {"platforms/cpus/stm32f4.repl": ("netduinoplus2", {"sysbus.usart2": 1})}
ENTRY = re.compile(r"dwt: Miscellaneous\.DWT @ sysbus 0xE0001000\n    frequency: (\d+)\n")


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


class Monitor:
    """Renode's monitor: one method a command."""

    def __init__(self) -> None:
        self.machine = self.platform = self.elf = self.uart = ""
        self.frequency = self.mips = 0
        self.terminal: tuple[int, str] = (0, "")

    def execute(self, command: str) -> None:
        for pattern, run in self.commands():
            found = re.fullmatch(pattern, command)
            if found:
                run(*(group.replace("\\ ", " ") for group in found.groups()))
                return
        raise ValueError(f"No such command or device: {command.split()[0]}")

    def commands(self) -> Iterator[tuple[str, Callable[..., object]]]:
        yield r"logLevel -?\d", lambda: None
        yield r'mach create "([\w-]+)"', lambda name: setattr(self, "machine", name)
        yield r"machine LoadPlatformDescription @(.+)", self.load_platform
        yield r"sysbus\.cpu PerformanceInMips (\d+)", lambda n: setattr(self, "mips", int(n))
        yield r'emulation CreateServerSocketTerminal (\d+) "(\w+)" False', self.terminal_at
        yield r"connector Connect (\S+) (\w+)", self.connect
        yield r"sysbus LoadELF @(.+)", self.load_elf
        yield "start", self.start

    def load_platform(self, path: str) -> None:
        text = Path(path).read_text(encoding="utf-8")
        using, _, rest = text.partition("\n\n")
        self.platform = using.removeprefix('using "').removesuffix('"')
        found = ENTRY.fullmatch(rest)
        if self.platform not in PLATFORMS or found is None:
            raise ValueError(f"Error E36: Could not load {self.platform}")
        self.frequency = int(found[1])

    def terminal_at(self, port: str, name: str) -> None:
        self.terminal = (int(port), name)

    def connect(self, uart: str, name: str) -> None:
        if name != self.terminal[1] or uart not in PLATFORMS[self.platform][1]:
            raise ValueError(f"Could not connect {uart} to {name}")
        self.uart = uart

    def load_elf(self, path: str) -> None:
        if Path(path).read_bytes()[:4] != b"\x7fELF":
            raise ValueError("Could not load ELF")
        self.elf = path

    def start(self) -> None:
        if not (
            self.machine and self.uart and self.elf and self.frequency == self.mips * 1_000_000
        ):
            raise ValueError("the machine is not complete")
        machine, uarts = PLATFORMS[self.platform]
        port = f"tcp:127.0.0.1:{self.terminal[0]},server=on,wait=off"
        lines = ["-serial", "null"] * uarts[self.uart] + ["-serial", port]
        quiet = ["-display", "none", "-nodefaults", "-monitor", "none", "-icount", "shift=0"]
        say("Starting emulation...")
        command = ["qemu-system-arm", "-M", machine, *quiet, *lines, "-kernel", self.elf]
        os.execvp(command[0], command)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--version", action="version", version="Renode, version 1.15.3.7479")
    for option in ("--disable-xwt", "--console", "--plain"):
        parser.add_argument(option, action="store_true")
    parser.add_argument("-e", dest="execute", required=True)
    options = parser.parse_args()
    if not (options.disable_xwt and options.console):
        sys.exit("no display")
    monitor, script = Monitor(), options.execute.removeprefix("include @").replace("\\ ", " ")
    for command in Path(script).read_text(encoding="utf-8").splitlines():
        try:
            monitor.execute(command)
        except (ValueError, OSError) as error:
            say(f"There was an error executing command '{command}'\n{error}")
            break
    time.sleep(600)  # the monitor stays, whatever happened


if __name__ == "__main__":
    main()
