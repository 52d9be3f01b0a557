"""Make a project's PlatformIO core folder (`.platformio`) work without a network.

PlatformIO builds with its own packaging of SCons, `tool-scons`, from its registry. The same SCons
comes from PyPI with this project, so a package folder that starts it is all that is needed. The
state file keeps PlatformIO from calling home during a build; installing real platforms into the
same folder works as ever where there is a network.

Run it again after upgrading PlatformIO or SCons; it changes nothing that is right already.
"""

from __future__ import annotations

import json
import time
from importlib.metadata import version
from pathlib import Path

from platformio import __version__ as platformio_version
from platformio.app import State
from platformio.dependencies import get_core_dependencies
from platformio.package.meta import PackageSpec
from platformio.package.version import pepver_to_semver

from harness.errors import ToolMissing

PACKAGE = "tool-scons"
CHECK_INTERVAL_DAYS = 36_500
LAUNCHER = '''"""Starts the SCons that is installed beside PlatformIO."""

from SCons.Script import main

main()
'''


def package_version(scons: str) -> str:
    """PlatformIO's version number for a SCons release: 4.11.1 is packaged as 4.41101.0."""
    major, minor, patch = (int(part) for part in scons.split(".")[:3])
    return f"{major}.{major}{minor:02d}{patch:02d}.0"


def package_files(number: str) -> dict[str, str]:
    """The files of the package folder and their texts."""
    manifest = {
        "name": PACKAGE,
        "version": number,
        "description": "SCons from PyPI",
        "system": "*",
    }
    spec = {
        "owner": "platformio",
        "id": None,
        "name": PACKAGE,
        "requirements": None,
        "uri": None,
    }
    installed = {"type": "tool", "name": PACKAGE, "version": number, "spec": spec}
    return {
        "package.json": json.dumps(manifest, indent=2) + "\n",
        ".piopm": json.dumps(installed),
        ".piokeep": "",
        "scons.py": LAUNCHER,
    }


def write_package(folder: Path, number: str) -> None:
    """Write the package, touching only files that differ."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in package_files(number).items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def write_state(path: Path) -> None:
    """Make PlatformIO take itself for up to date, and send nothing; other state is kept."""
    wanted = {"enable_telemetry": False, "check_platformio_interval": CHECK_INTERVAL_DAYS}
    with State(str(path), lock=True) as state:
        settings = {**wanted, **state.get("settings", {})}
        checks = {"platformio_upgrade": int(time.time()), **state.get("last_check", {})}
        for key, value in {
            "last_version": platformio_version,
            "settings": settings,
            "last_check": checks,
        }.items():
            if state.get(key, None) != value:
                state[key] = value


def make_core(folder: Path) -> None:
    """Set the core folder up. Raises ToolMissing where PlatformIO and SCons do not go together."""
    wanted = get_core_dependencies()[PACKAGE]
    scons = version("scons")
    number = package_version(scons)
    if pepver_to_semver(number) not in PackageSpec(requirements=wanted).requirements:
        raise ToolMissing(
            f"PlatformIO {platformio_version} wants {PACKAGE} {wanted}; SCons {scons} would be "
            f"{number}",
            hint="install the versions that this project's pyproject.toml names",
        )
    write_package(folder / "packages" / PACKAGE, number)
    write_state(folder / "appstate.json")
