"""RISC-V images run on a core with more extensions than the part has: they must not use them."""

from __future__ import annotations

import re
import subprocess

import pytest

from harness.boards.catalogue import load_catalogue
from tests.hil.port_images import MODELS, Builds

pytestmark = pytest.mark.hil


def test_riscv_images_keep_to_the_core_of_a_c3(build: Builds) -> None:
    """QEMU's core has A, F and D, for old and new releases to run alike: the ELF file says what
    all of an image, C library and start-up code too, was compiled for."""
    elf = build(load_catalogue()["qemu-riscv"], MODELS)
    command = ["riscv64-unknown-elf-readelf", "-A", str(elf)]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    (architecture,) = re.findall(r'Tag_RISCV_arch: "rv32(\S+)"', text)
    names = {re.sub(r"\d+p\d+$", "", part) for part in architecture.split("_")}
    assert names - {"zmmul"} == {"i", "m", "c", "zicsr"}
