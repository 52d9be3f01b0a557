from types import SimpleNamespace

import pytest
from serial.tools import list_ports

from harness.errors import TargetError
from harness.targets.catalogue import load_catalogue
from harness.targets.serial_board import find_port

UNO = load_catalogue()["uno"]


def attach(monkeypatch: pytest.MonkeyPatch, *ports: tuple[str, int | None, int | None]) -> None:
    found = [SimpleNamespace(device=name, vid=vid, pid=pid) for name, vid, pid in ports]
    monkeypatch.setattr(list_ports, "comports", lambda: found)


def test_the_board_is_found_by_its_usb_id(monkeypatch: pytest.MonkeyPatch) -> None:
    attach(
        monkeypatch,
        ("/dev/ttyS0", None, None),
        ("/dev/ttyACM1", 0x2E8A, 0x000A),
        ("/dev/ttyACM0", 0x2341, 0x0043),
    )
    assert find_port(UNO) == "/dev/ttyACM0"


def test_no_board_says_how_to_name_the_port(monkeypatch: pytest.MonkeyPatch) -> None:
    attach(monkeypatch, ("/dev/ttyS0", None, None))
    with pytest.raises(TargetError, match=r'2341:0043.* is attached; .*\[ports\] "uno" = '):
        find_port(UNO)


def test_boards_that_look_alike_are_all_named(monkeypatch: pytest.MonkeyPatch) -> None:
    attach(monkeypatch, ("/dev/ttyACM0", 0x2341, 0x0043), ("/dev/ttyUSB3", 0x1A86, 0x7523))
    with pytest.raises(TargetError, match=r"several .*: /dev/ttyACM0, /dev/ttyUSB3"):
        find_port(UNO)
