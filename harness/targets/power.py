"""Power cycles: a command of the user's, or a port of a USB hub by uhubctl."""

from __future__ import annotations

import shlex
import subprocess

from harness.errors import PowerError
from harness.targets.ports import Port

UHUBCTL = "uhubctl"
POWER_S = 60.0


def cycle(setting: str, port: Port, name: str) -> None:
    """Turn the board `name` at `port` off and on as `[power]` says. Raises PowerError."""
    command = power_command(setting, port, name)
    hint = "[power] of the plan"
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=POWER_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PowerError(f"the power command failed: {error}", where=name, hint=hint) from error
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines()
        raise PowerError(
            f"the power command ended with exit code {done.returncode}"
            + (f": {lines[-1]}" if lines else ""),
            where=name,
            hint=hint,
        )


def power_command(setting: str, port: Port, name: str) -> list[str]:
    """Return the words of a command; {port} is the device, "uhubctl" alone finds the hub's port.

    Raises PowerError where the setting is empty or malformed, or the board's place is unknown.
    """
    if setting.strip() == UHUBCTL:
        hub, number = hub_port(port, name)
        return [UHUBCTL, "--location", hub, "--ports", number, "--action", "cycle"]
    try:
        words = shlex.split(setting)
    except ValueError as error:
        raise PowerError(
            f"the power command cannot be read: {error}", where=name, hint="[power] of the plan"
        ) from error
    return [word.replace("{port}", port.device) for word in words]


def hub_port(port: Port, name: str) -> tuple[str, str]:
    """Return the hub of a board and its port there, as uhubctl names them: "1-1", "4"."""
    place = port.location.partition(":")[0]
    hub, dot, number = place.rpartition(".")
    if not dot:
        hub, _, number = place.partition("-")  # a port of the computer's own hub
    if not (hub and number.isdigit()):
        raise PowerError(
            "the board's place in the USB tree is not known",
            where=name,
            hint='give the command whole: "uhubctl --location 1-1 --ports 4 --action cycle"',
        )
    return hub, number
