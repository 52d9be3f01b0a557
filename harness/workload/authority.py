"""Authorities: runtimes that compute the reference outputs, each in a process of its own.

Versions of LiteRT and TensorFlow Lite Micro round some operators differently (docs/exactness.md),
so parity names the runtime and version that it was measured against.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import metadata
from typing import Literal

from harness.errors import InputError
from harness.nearest import nearest

Runtime = Literal["litert", "tflm"]


@dataclass(frozen=True)
class Authority:
    """A runtime on the host: `pinned` is the version measured in docs/exactness.md.

    Other versions that begin with `series` are taken, too.
    """

    name: str
    title: str
    package: str
    pinned: str
    series: str
    runtime: Runtime

    @property
    def version(self) -> str | None:
        """Installed version of this series, None where there is none. Imports nothing."""
        try:
            found = metadata.version(self.package)
        except metadata.PackageNotFoundError:
            return None
        return found if found.startswith(self.series) else None

    @property
    def column(self) -> str:
        """Its name at the start of a column's."""
        return self.name.replace("-", "_").replace(".", "_")

    @property
    def remedy(self) -> str:
        """The command that installs it."""
        return f"pip install {self.package}=={self.pinned}"


LITERT_1_2 = Authority("litert-1.2", "LiteRT 1.2", "ai-edge-litert", "1.2.0", "1.2.", "litert")
LITERT_2_3 = Authority("litert-2.3", "LiteRT 2.3", "ai-edge-litert", "2.3.0", "2.3.", "litert")
TFLM = Authority(
    "tflm",
    "TensorFlow Lite Micro",
    "tflite-micro",
    "0.dev20261023182759",
    "",
    "tflm",
)
# Of two that compute a model alike, the first one is asked.
AUTHORITIES = (LITERT_1_2, LITERT_2_3, TFLM)


TITLES = {each.name: each.title for each in AUTHORITIES}


def installed() -> tuple[Authority, ...]:
    """Return the authorities whose packages are installed."""
    return tuple(each for each in AUTHORITIES if each.version is not None)


def authority_named(name: str) -> Authority:
    """Return the installed authority of that name. Raises InputError."""
    known = {each.name: each for each in AUTHORITIES}
    if name not in known:
        raise InputError(
            f"there is no authority '{name}'{nearest(name, known)}",
            hint=f"one of {', '.join(known)}",
        )
    found = known[name]
    if found.version is None:
        raise InputError(f"the authority {name} is not installed", hint=found.remedy)
    return found
