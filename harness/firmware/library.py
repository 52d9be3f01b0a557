"""A PlatformIO library that is linked beside the project's own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Library:
    """A library of TFLM, or an exported one, which needs no `glue` code to TFLM.

    One that `replaces` holds all libraries of the firmware, with another version of the engine.

    `digest` identifies its content, `storage` is for `lib_extra_dirs`.

    A library from PlatformIO's registry has no storage: `env_suffix` names the environment that
    requests it, and the digest is of that request. `defines` are the macros (name, value) of its
    manifest; the glue code needs them too, since some change the layout of tensors.
    """

    name: str
    version: str
    digest: str
    storage: Path | None
    env_suffix: str = ""
    defines: tuple[tuple[str, str], ...] = ()
    glue: bool = True
    replaces: bool = False

    def __str__(self) -> str:
        """For the record of a run."""
        return f"{self.name} {self.version or '(no version)'} ({self.digest[:12]})"
