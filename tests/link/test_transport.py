"""Local ports: the lock of an open port, and errors that are no OSError."""

from __future__ import annotations

import os
import termios
from pathlib import Path

import pytest
import serial

from harness.errors import LinkError, PortBusy
from harness.link.transport import open_port


@pytest.fixture
def pty() -> tuple[int, str]:
    master, slave = os.openpty()
    name = os.ttyname(slave)
    os.close(slave)
    return master, name


def test_a_closed_port_is_free_while_a_child_still_holds_its_file(pty: tuple[int, str]) -> None:
    """As a child that another thread forked does, until it runs its own program."""
    line = open_port(pty[1], 115200)
    child_holds = os.dup(line.fd)
    with pytest.raises(PortBusy):
        open_port(pty[1], 115200)
    line.close()
    with open_port(pty[1], 115200) as again:
        assert again.is_open
    os.close(child_holds)
    os.close(pty[0])


def test_a_terminal_error_of_opening_is_a_link_error(
    pty: tuple[int, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_: object) -> None:
        raise termios.error(5, "Input/output error")

    monkeypatch.setattr(serial.Serial, "_reset_input_buffer", fails)
    with pytest.raises(LinkError, match=r"cannot open the port: .*Input/output error"):
        open_port(pty[1], 115200)
    os.close(pty[0])


def test_a_port_that_vanished_is_closed_without_an_error(pty: tuple[int, str]) -> None:
    line = open_port(pty[1], 115200)
    os.close(pty[0])
    line.close()
    assert not line.is_open
    assert not Path(pty[1]).exists()
