"""Programs that the harness calls: installed ones, and how to get the others."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from harness.boards.catalogue import TargetSpec
from harness.boards.requirement import DoesNotRun, Requirement
from harness.boards.toolchain import FOR_NO_TARGET, GROUPS, OTHER, requirements_of
from harness.errors import ToolMissing
from harness.link.port_trouble import group_of
from harness.project import set_up_command


@dataclass(frozen=True)
class Check:
    """One finding. `remedy` is empty where nothing is to be done; `targets` need this requirement.

    `optional`: set-up does not install it, and everything else works without.
    """

    group: str
    name: str
    found: bool
    version: str = ""
    remedy: str = ""
    targets: tuple[str, ...] = ()
    optional: bool = False


def missing_tools(spec: TargetSpec, project_root: Path) -> list[str]:
    """Return the names of the target's requirements that are not installed."""
    return [need.name for need in missing_requirements(spec, project_root)]


def require_tools(spec: TargetSpec, project_root: Path) -> None:
    """Raise ToolMissing with the names of all missing requirements and the command that installs
    them."""
    missing = missing_requirements(spec, project_root)
    if missing:
        names = ", ".join(need.name for need in missing)
        raise ToolMissing(f"not installed: {names}", where=spec.name, hint=how_to_get(missing))


def examine(catalogue: Mapping[str, TargetSpec], project_root: Path) -> list[Check]:
    """Look for the requirements of the catalogue's targets; broken programs count as missing."""
    users: dict[Requirement, list[str]] = {}
    for spec in catalogue.values():
        for need in requirements_of(spec):
            users.setdefault(need, []).append(spec.name)
    users |= {need: [] for need in FOR_NO_TARGET}
    with ThreadPoolExecutor(max_workers=8) as pool:
        found = pool.map(lambda need: _check(need, tuple(users[need]), project_root), users)
        checks = sorted(found, key=lambda check: GROUPS.index(check.group))
    boards = tuple(spec.name for spec in catalogue.values() if spec.kind == "serial")
    return [*checks, *check_serial_ports(_usb_serial_devices(), boards)]


def check_serial_ports(devices: Iterable[Path], targets: tuple[str, ...]) -> list[Check]:
    """Check that this user may open each serial device; without a device there is no finding."""
    checks = []
    for device in devices:
        allowed = os.access(device, os.R_OK | os.W_OK)
        remedy = "" if allowed else _join_group(device)
        checks.append(Check("serial ports", str(device), allowed, "", remedy, targets))
    return checks


def missing_requirements(spec: TargetSpec, root: Path) -> list[Requirement]:
    """Return the target's requirements that are not installed."""
    return [need for need in requirements_of(spec) if need.locate(root) is None]


def _check(need: Requirement, targets: tuple[str, ...], root: Path) -> Check:
    path, optional = need.locate(root), bool(need.advice)
    if path is None:
        return Check(need.group, need.name, False, "", how_to_get([need]), targets, optional)
    try:
        return Check(need.group, need.name, True, need.version(path), "", targets, optional)
    except DoesNotRun as error:
        again = how_to_get([need], reinstall=True)
        remedy = f"{path} is there but broken ({error}): {again}"
        return Check(need.group, need.name, False, "", remedy, targets, optional)


def how_to_get(needs: Iterable[Requirement], *, reinstall: bool = False) -> str:
    """Return the command that installs the requirements: of the package manager that is here, or
    `make setup` for the others."""
    needs = list(needs)
    advised = [need for need in needs if need.advice]
    if advised:
        rest = [need for need in needs if not need.advice]
        also = [how_to_get(rest, reinstall=reinstall)] if rest else []
        return "; ".join([*(need.advice for need in advised), *also])
    unknown = [need.name for need in needs if need.group == OTHER]
    if unknown:
        return f"install {', '.join(unknown)} and put it on PATH"
    from_apt = [need for need in needs if need.packages]
    if len(from_apt) < len(needs):
        if set_up_command() == "make setup":  # which calls apt, too
            return "make clean setup" if reinstall else "make setup"
        return "; ".join([*([how_to_get(from_apt)] if from_apt else []), set_up_command()])
    if sys.platform == "darwin":
        return _from_homebrew(needs, "reinstall" if reinstall else "install")
    packages = " ".join(dict.fromkeys(package for need in needs for package in need.packages))
    sudo = "" if os.geteuid() == 0 else "sudo "
    return f"{sudo}apt-get install {'--reinstall ' if reinstall else ''}{packages}"


def _from_homebrew(needs: Sequence[Requirement], action: str) -> str:
    """Return Homebrew's commands, one a package: options and taps belong to single ones."""
    commands = [
        f"brew {action} {name}" for name in dict.fromkeys(n for need in needs for n in need.brew)
    ]
    others = [need.name for need in needs if not need.brew]
    if others:
        commands.append(f"Homebrew has no {', '.join(others)}: use the container (docs/install.md)")
    return "; ".join(commands)


def _usb_serial_devices() -> list[Path]:
    from serial.tools.list_ports import comports

    return sorted(Path(port.device) for port in comports() if port.vid is not None)


def _join_group(device: Path) -> str:
    return f"sudo usermod -aG {group_of(device)} $USER, then log in again"
