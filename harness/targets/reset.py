"""Reset of a board by the lines of its serial port."""

from __future__ import annotations

import time

from harness.boards.catalogue import Reset
from harness.errors import TargetError
from harness.link.transport import LINE_ERRORS, open_port
from harness.targets.ports import Port

HOLD_S = 0.1


def can_reset(method: Reset, port: Port) -> bool:
    """True where the port has lines and the board's reset is wired to them."""
    return method != "none" and not port.device.startswith("socket://")


def reset(method: Reset, port: Port, baud: int) -> None:
    """Reset the board and let it run. Raises LinkError, or TargetError where lines cannot be set.

    "dtr": asserting DTR is a falling edge, of which Arduino's capacitor makes a short reset. "esp":
    Espressif's two transistors pull the enable pin where RTS is asserted and DTR is not.
    """
    with open_port(port.device, baud) as line:
        try:
            line.dtr = False
            if method == "esp":
                line.rts = True
            time.sleep(HOLD_S)
            if method == "esp":
                line.rts = False
            else:
                line.dtr = True
        except LINE_ERRORS as error:
            raise TargetError(
                f"the lines that reset the board cannot be set: {error}", where=port.device
            ) from error
