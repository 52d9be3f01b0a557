import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
import serial

from harness.errors import InputError, LinkError, PortBusy, TargetError
from harness.link.port_trouble import explain, holders
from harness.link.transport import open_port


def test_no_permission_names_the_group(tmp_path: Path) -> None:
    device = tmp_path / "ttyUSB0"
    device.touch()
    denied = explain(serial.SerialException(errno.EACCES, "could not open"), str(device))
    assert type(denied) is TargetError
    assert f"usermod -aG {device.group()} $USER" in denied.hint
    gone = explain(serial.SerialException(errno.EACCES, "could not open"), "/dev/none")
    assert "usermod -aG dialout $USER" in gone.hint


def test_a_busy_port_names_its_owner() -> None:
    master, slave = os.openpty()
    code = "import serial, sys; s = serial.Serial(sys.argv[1], exclusive=True); print(1, flush=1)"
    owner = subprocess.Popen(
        [sys.executable, "-c", f"{code}; sys.stdin.read()", os.ttyname(slave)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert owner.stdout is not None
        assert owner.stdout.readline()
        with pytest.raises(
            PortBusy, match=rf"in use by process {owner.pid} \(python[\d.]*\); close"
        ):
            open_port(os.ttyname(slave), 115200)
    finally:
        owner.kill()
        owner.communicate()
        os.close(master)
        os.close(slave)
    assert list(holders("/dev/none")) == []


@pytest.mark.parametrize("url", ["hwgrep://[", "loop://?x=1", "nothing://x"])
def test_a_malformed_url_is_no_port(url: str) -> None:
    with pytest.raises(InputError, match=r"not a serial port|this URL's options are unknown"):
        open_port(url, 115200)


def test_what_is_not_there_may_come_back() -> None:
    with pytest.raises(LinkError, match=r"/dev/none: cannot open the port: .*No such file"):
        open_port("/dev/none", 115200)


def test_what_is_no_port_is_the_user_s_mistake() -> None:
    with pytest.raises(InputError, match=r"foo://desk:1: not a serial port: .*; a device path"):
        open_port("foo://desk:1", 115200)


@pytest.mark.parametrize("port", ["socket://desk", "rfc2217://desk:x", "socket://desk:99999999"])
def test_a_url_without_a_tcp_port_is_told(port: str) -> None:
    with pytest.raises(LinkError, match=f"{port}: cannot open the port: "):
        open_port(port, 115200)
