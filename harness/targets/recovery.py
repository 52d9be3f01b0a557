"""Recovery of a board that does not run the wanted image, step by step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from harness.errors import (
    BuildError,
    HarnessError,
    LinkError,
    PowerError,
    TargetError,
    WrongFirmware,
)
from harness.targets.ports import Port


@dataclass(frozen=True)
class RecoveryStep:
    """One step: `use(port)` applies it and returns the board's port afterwards."""

    name: str
    use: Callable[[Port], Port]


def recover(
    port: Port,
    steps: Sequence[RecoveryStep],
    trouble_of: Callable[[Port], HarnessError | None],
    trouble: HarnessError,
) -> Port:
    """Apply one step after another until the board works; return its port.

    `trouble` is the present error. A failed step (an upload to a board that hangs) is followed by
    the next one; a failed power switch ends the recovery. Raises the last error, TargetError,
    PowerError or WrongFirmware, with the steps tried.
    """
    for step in steps:
        try:
            port = step.use(port)
            found = trouble_of(port)
        except PowerError:
            raise
        except (BuildError, LinkError, TargetError) as error:
            found = error
        if found is None:
            return port
        trouble = found
    if not steps or isinstance(trouble, WrongFirmware):
        raise trouble
    tried = ", ".join(step.name for step in steps)
    raise TargetError(
        f"{trouble.what} (tried: {tried})", where=trouble.where, hint=trouble.hint
    ) from trouble
