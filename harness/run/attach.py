"""The board or simulator behind a target's name."""

from __future__ import annotations

import platform
from collections.abc import Mapping

from harness.boards.catalogue import TargetSpec
from harness.errors import InputError
from harness.project import Project
from harness.targets.base import Target
from harness.targets.esp_emu import EspEmuTarget
from harness.targets.espressif import EspressifTarget
from harness.targets.ports import candidates, port_named
from harness.targets.process import ProcessTarget
from harness.targets.renode import RenodeTarget
from harness.targets.serial_board import SerialBoard
from harness.targets.ssh_board import SshBoard

LOCAL = "local"


def attach(
    spec: TargetSpec,
    project: Project,
    *,
    ports: Mapping[str, str],
    power: Mapping[str, str],
    wait_s: float = 0.0,
) -> Target:
    """Return the driver of the target, ready to run any image built for it.

    `ports` and `power` by target name, as in a plan. `wait_s`: seconds to wait for a board in use.
    Raises TargetError where no board is attached, InputError where a board of `ports` is missing or
    cannot be this computer.
    """
    if spec.kind == "espressif":
        return EspressifTarget(spec, project.root)
    if spec.kind == "esp-emu":
        return EspEmuTarget(spec, project.root)
    if spec.kind == "renode":
        return RenodeTarget(spec, project.root)
    if spec.simulated:
        return ProcessTarget(spec, project.root)
    if spec.kind == "linux":
        address = ports.get(spec.name)
        if address is None:
            raise InputError(
                "the board's address is unknown",
                where=spec.name,
                hint=f'[ports] "{spec.name}" = "ssh://user@host", or "local" on the board itself',
            )
        if address == LOCAL:
            if platform.machine() != spec.core:
                raise InputError(
                    f"this computer is a {platform.machine()}, the image is for {spec.core}",
                    where=spec.name,
                    hint='"local" is for runs on the board itself; the target `host` is this one',
                )
            return ProcessTarget(spec, project.root)
        return SshBoard(spec, address, project.port_locks)
    return SerialBoard(
        spec,
        [port_named(ports[spec.name])] if spec.name in ports else candidates(spec),
        project.port_locks,
        power.get(spec.name, ""),
        wait_s,
    )
