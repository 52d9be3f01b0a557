"""The driver that a plan's `[energy.TARGET]` names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec

from harness.energy.joulescope import Joulescope
from harness.energy.ppk2 import Ppk2
from harness.energy.probe import Probe
from harness.errors import ToolMissing
from harness.plan.energy import EnergyPart

PACKAGES = {"ppk2": "ppk2_api", "joulescope": "pyjoulescope_driver"}


def require_packages(parts: Mapping[str, EnergyPart], targets: Sequence[str]) -> None:
    """Raise ToolMissing, before anything is measured, where a probe's package is not installed.

    Only probes of `targets` count.
    """
    for target, part in parts.items():
        if target in targets and find_spec(PACKAGES[part.probe]) is None:
            raise ToolMissing(
                f"the package {PACKAGES[part.probe]} is not installed",
                where=f"energy.{target}",
                hint=f"pip install 'tinyml-harness[{part.probe}]'",
            )


def make_probe(part: EnergyPart) -> Probe:
    """The probe, not yet opened."""
    if part.probe == "ppk2":
        return Ppk2(part.port, part.voltage_mv or 0, part.mode, part.channel)
    return Joulescope(part.port, part.channel)


@contextmanager
def powered(part: EnergyPart | None) -> Iterator[Probe | None]:
    """The open probe of a target, which may be what supplies it; None where there is none."""
    if part is None:
        yield None
        return
    with make_probe(part) as probe:
        yield probe
