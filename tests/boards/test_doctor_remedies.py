import os
import sys

import pytest

from harness.boards import doctor
from harness.boards.doctor import how_to_get
from harness.boards.toolchain import LIBRARIES, PROGRAMS

RUNNER = PROGRAMS["harness-avr-runner"]
ARM = (PROGRAMS["qemu-system-arm"], PROGRAMS["arm-none-eabi-gcc"], LIBRARIES["arm-none-eabi-gcc"])
RISCV = (PROGRAMS["riscv64-unknown-elf-gcc"], LIBRARIES["riscv64-unknown-elf-gcc"])


@pytest.fixture(autouse=True)
def _user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)


def test_without_a_checkout_apt_and_harness_setup_are_two_commands(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert how_to_get([RUNNER, PROGRAMS["avr-gcc"]]) == "make setup"  # which calls apt
    monkeypatch.setattr(doctor, "set_up_command", lambda: "harness setup")
    assert how_to_get([RUNNER]) == "harness setup"
    assert how_to_get([RUNNER, PROGRAMS["avr-gcc"]]) == (
        "sudo apt-get install gcc-avr binutils-avr; harness setup"
    )
    assert how_to_get([RUNNER], reinstall=True) == "harness setup"


def test_a_package_of_several_tools_is_named_once() -> None:
    both = [PROGRAMS["qemu-system-riscv32"], PROGRAMS["qemu-system-xtensa"]]
    assert how_to_get(both) == "sudo apt-get install qemu-system-misc"


def test_a_mac_is_told_homebrews_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert how_to_get(ARM) == "brew install qemu; brew install --cask gcc-arm-embedded"
    assert how_to_get([PROGRAMS["node"]]) == "brew install node"
    assert how_to_get([PROGRAMS["qemu-system-riscv32"], *RISCV]) == (
        "brew install qemu; Homebrew has no riscv64-unknown-elf-gcc, picolibc: "
        "use the container (docs/install.md)"
    )
