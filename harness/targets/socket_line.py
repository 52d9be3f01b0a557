"""Serial lines of simulators that are a TCP socket on this computer."""

from __future__ import annotations

import socket

import serial

from harness.boards.catalogue import TargetSpec
from harness.errors import LinkError, TargetError
from harness.link.deadline import Deadline
from harness.link.transport import open_port
from harness.targets.process import CheckAlive

LOOPBACK = "127.0.0.1"
RETRY_S = 0.2


def free_port() -> int:
    """Return a TCP port without a listener."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def open_socket(
    spec: TargetSpec, simulator: str, port: int, check_alive: CheckAlive, within_s: float
) -> serial.Serial:
    """Return the line of a simulator that opens `port` after its start.

    Raises TargetError where it does not in time, and what `check_alive` raises.
    """
    deadline = Deadline(within_s)
    while True:
        try:
            return open_port(f"socket://{LOOPBACK}:{port}", spec.baud)
        except LinkError as error:
            if deadline.passed:
                raise TargetError(
                    f"{simulator} opened no socket within {within_s:g} s", where=spec.name
                ) from error
        check_alive(RETRY_S)
