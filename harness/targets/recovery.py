"""A ladder of ever stronger means to make a board run the wanted image."""

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
    """One means: `use(port)` applies it and returns where the board is afterwards."""

    name: str
    use: Callable[[Port], Port]


def recover(
    port: Port,
    steps: Sequence[RecoveryStep],
    trouble_of: Callable[[Port], HarnessError | None],
    trouble: HarnessError,
) -> Port:
    """Use one step after the other until the board has no trouble any more; its port then.

    `trouble` is what is wrong now. A step that fails (an upload to a board that hangs) is followed
    by the next, but a power switch that fails is not. Raises what is wrong in the end, with the
    steps that were tried in vain: TargetError, PowerError or WrongFirmware.
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
