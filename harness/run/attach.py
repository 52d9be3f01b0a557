"""The board or simulator that runs an image of given models."""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping, Sequence

from harness.boards.catalogue import TargetSpec
from harness.codegen import CompiledModel
from harness.errors import InputError
from harness.firmware.builder import FirmwareBuilder
from harness.project import Project
from harness.targets.base import Target
from harness.targets.espressif import EspressifTarget
from harness.targets.ports import candidates, port_named
from harness.targets.process import ProcessTarget
from harness.targets.renode import RenodeTarget
from harness.targets.serial_board import SerialBoard
from harness.targets.ssh_board import SshBoard

LOCAL = "local"


def attach(
    spec: TargetSpec,
    models: Sequence[CompiledModel],
    project: Project,
    *,
    ports: Mapping[str, str],
    power: Mapping[str, str],
    layered: bool = False,
    macros: Mapping[str, str] | None = None,
    wait_s: float = 0.0,
    upload: Callable[[str], None] | None = None,
) -> Target:
    """The target that `spec` names, ready to be connected to the image of `models`.

    `ports` and `power` by target name, as in a plan; `layered` as in FirmwareBuilder.build,
    `macros` as in FirmwareBuilder. A board that is in use is waited for `wait_s` seconds.
    `upload(port)` flashes an image that is not made of `models`. Raises TargetError where no board
    is attached.
    """
    if spec.kind == "espressif":
        return EspressifTarget(spec, project.root)
    if spec.kind == "renode":
        return RenodeTarget(spec, project.root)
    if spec.simulated:
        return ProcessTarget(spec, project.root)
    if spec.kind == "linux":
        address = ports.get(spec.name)
        if address is None:
            raise InputError(
                "nothing says where this board is",
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
    builder = FirmwareBuilder(project, macros=macros)
    return SerialBoard(
        spec,
        [port_named(ports[spec.name])] if spec.name in ports else candidates(spec),
        project.port_locks,
        upload or (lambda port: builder.upload(spec, models, port, layered=layered)),
        power.get(spec.name, ""),
        wait_s,
    )
