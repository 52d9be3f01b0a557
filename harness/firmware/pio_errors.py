"""PlatformIO's output as typed errors: too large, no registry, a compiler's message."""

from __future__ import annotations

import re
from pathlib import Path

from harness.boards.catalogue import TargetSpec
from harness.errors import BuildError, DoesNotFit, ModelError
from harness.project import set_up_command

OVERFLOW = re.compile(r"region [`'](\w+)' overflowed by (\d+) bytes")
COMPILER_ERROR = re.compile(r"(?im)^.*(?:\berror:|undefined reference|: not found$).*$")
OUTSIDE = re.compile(r"section [`'](\S+)' is not within region [`'](\w+)'")
TOO_LARGE = re.compile(r"error: size of (?:array|variable) \W(\w+)\W is too large")
# GCC's names of float32 and float64 operations in software, as __mulsf3 and __floatsidf.
NO_FLOATS = re.compile(r"undefined reference to [`'](__[a-z]+[sd]f[a-z\d]*)'")
NO_REGISTRY = re.compile(
    r"(Platform|Tool) Manager: Installing (.+)\n.*(?:HTTPClientError|InternetConn)"
)


def build_failure(spec: TargetSpec, log: Path) -> BuildError | DoesNotFit | ModelError:
    """Return the error for PlatformIO's output in `log`."""
    text = log.read_text(encoding="utf-8", errors="replace")
    overflow = OVERFLOW.search(text)
    if overflow:
        return DoesNotFit(
            f"the linker's region {overflow[1]} is too small by {int(overflow[2]):,} B; "
            f"{spec.name} has {spec.flash_bytes:,} B of flash and {spec.ram_bytes:,} B of RAM"
        )
    outside = OUTSIDE.search(text)
    if outside:
        return DoesNotFit(
            f"the section {outside[1]} leaves the linker's region {outside[2]}; "
            f"{spec.name} has {spec.flash_bytes:,} B of flash and {spec.ram_bytes:,} B of RAM"
        )
    array = TOO_LARGE.search(text)
    if array:
        return DoesNotFit(
            f"{array[1]} is larger than the 32,767 B that {spec.name}'s compiler allows an array"
        )
    floats = NO_FLOATS.search(text)
    if floats:
        return ModelError(
            f"the model computes with floats; {spec.core} has no FPU, and the compiler of "
            f"{spec.name} no library for them ({floats[1]} is missing)",
            hint="int8 models with int8 inputs and outputs run there",
        )
    registry = NO_REGISTRY.search(text)
    if registry:
        remedy = f"run `pio pkg install -e {spec.env}` once with a network"
        if "tool-scons" in registry[2]:  # which comes with PyPI's scons
            remedy = set_up_command()
        return BuildError(
            f"PlatformIO's registry, which has the {registry[1].lower()} {registry[2]}, "
            "cannot be reached",
            where=spec.name,
            hint=f"{remedy}; log: {log}",
        )
    match = COMPILER_ERROR.search(text)
    line = match[0].strip() if match else "see the log"
    return BuildError(f"PlatformIO could not build: {line}", where=spec.name, log=str(log))
