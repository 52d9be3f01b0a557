"""Targets and cores that tests run on, chosen from the catalogue and the records by what they are.

A list of names by hand would leave out the next one; tests/test_catalogue_lists.py refuses it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable

from harness.boards.catalogue import TargetSpec, load_catalogue
from harness.codegen.cores import CORES, Core
from tests.source_files import ROOT

CATALOGUE = load_catalogue()


def targets_of(*kinds: str) -> list[str]:
    """Names of all targets of these kinds, in the catalogue's order."""
    return [name for name, spec in CATALOGUE.items() if spec.kind in kinds]


def first(matches: Callable[[TargetSpec], bool]) -> str:
    """The first target for which `matches` holds."""
    return next(name for name, spec in CATALOGUE.items() if matches(spec))


def board_with_usb(identity: str) -> str:
    """The first real board that USB may list as VENDOR:PRODUCT."""
    return first(lambda spec: identity in spec.usb)


def cores_where(matches: Callable[[Core], bool]) -> list[str]:
    """Names of all cores for which `matches` holds, in the order of the records."""
    return [name for name, core in CORES.items() if matches(core)]


# Run on this computer with what set-up installs.
RUNNABLE = targets_of("host", "qemu", "simavr", "rp2040js")
# Of the tutorial's plan: this computer, and one simulated core of each instruction set.
_PLAN = tomllib.loads((ROOT / "plans" / "digits.toml").read_text(encoding="utf-8"))
TUTORIAL: list[str] = _PLAN["matrix"]["targets"]
# Those whose counts are the same in every run.
COUNTING = [name for name in TUTORIAL if CATALOGUE[name].timing_kind != "host-clock"]
