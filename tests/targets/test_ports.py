from pathlib import Path

import pytest
from serial.tools import list_ports

from harness.boards.catalogue import load_catalogue
from harness.errors import PortBusy, TargetError
from harness.targets.ownership import owned
from harness.targets.ports import Port, attached, candidates, follow, port_named
from tests.targets.desk import attach

UNO = load_catalogue()["uno"]


def test_the_board_is_found_by_its_usb_id(monkeypatch: pytest.MonkeyPatch) -> None:
    attach(
        monkeypatch,
        Port("/dev/ttyS0"),
        Port("/dev/ttyACM1", "2E8A:000A"),
        Port("/dev/ttyACM0", "2341:0043", "AB12", "1-1.4:1.0", "Arduino Uno"),
    )
    assert candidates(UNO) == [
        Port("/dev/ttyACM0", "2341:0043", "AB12", "1-1.4:1.0", "Arduino Uno")
    ]
    assert [port.device for port in attached()] == ["/dev/ttyACM0", "/dev/ttyACM1"]


def test_no_board_says_how_to_name_the_port(monkeypatch: pytest.MonkeyPatch) -> None:
    attach(monkeypatch, Port("/dev/ttyS0"))
    with pytest.raises(TargetError, match=r'2341:0043.* is attached; .*\[ports\] "uno" = '):
        candidates(UNO)


def test_a_board_without_a_usb_id_has_to_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    attach(monkeypatch, Port("/dev/ttyACM0", "2341:025B"))
    m4 = load_catalogue()["portenta-h7-m4"]
    with pytest.raises(TargetError, match=r'no USB id .*\[ports\] "portenta-h7-m4" = '):
        candidates(m4)


def test_a_named_port_keeps_its_usb_facts(monkeypatch: pytest.MonkeyPatch) -> None:
    board = Port("/dev/ttyACM0", "2341:0043", "AB12", "1-1.4:1.0")
    attach(monkeypatch, board)
    assert port_named("/dev/ttyACM0") == board
    assert port_named("socket://desk:4000") == Port("socket://desk:4000")


def test_two_names_of_one_port_are_one_board(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    device, link = tmp_path / "ttyACM0", tmp_path / "by-id"
    device.touch()
    link.symlink_to(device)
    attach(monkeypatch, Port(str(device), "2341:0043", "AB12", "1-1.4:1.0"))
    named = port_named(str(link))
    assert (named.device, named.identity, named.usb) == (str(link), "1-1.4", "2341:0043")
    attach(monkeypatch)
    locks = tmp_path / "locks"
    with (
        owned(port_named(str(link)), locks),
        pytest.raises(PortBusy),
        owned(port_named(str(device)), locks),
    ):
        pass


@pytest.mark.parametrize(
    ("port", "identity"),
    [
        (Port("/dev/a", "2341:0043", "AB12", "1-1.4:1.0"), "1-1.4"),
        (Port("/dev/a", "2341:0043", "AB12"), "AB12"),
        (Port("/dev/a"), "/dev/a"),
    ],
)
def test_identity_is_what_survives_enumeration(port: Port, identity: str) -> None:
    assert port.identity == identity


def test_a_board_is_followed_to_its_new_name(monkeypatch: pytest.MonkeyPatch) -> None:
    before = Port("/dev/ttyACM0", "2341:0043", "AB12", "1-1.4:1.0")
    after = Port("/dev/ttyACM3", "2341:0043", "AB12", "1-1.4:1.0")
    attach(monkeypatch, Port("/dev/ttyACM0", "2341:0043", "CD34", "1-1.2:1.0"), after)
    assert follow(before) == after


def test_a_board_in_another_socket_is_known_by_its_serial_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    after = Port("/dev/ttyACM3", "2341:0043", "AB12", "2-1:1.0")
    attach(monkeypatch, after)
    assert follow(Port("/dev/ttyACM0", "2341:0043", "AB12", "1-1.4:1.0")) == after


def test_a_board_that_does_not_come_back_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(list_ports, "comports", list)
    with pytest.raises(TargetError, match="did not come back"):
        follow(Port("/dev/ttyACM0", "2341:0043", "AB12", "1-1.4:1.0"), within_s=0)


def test_hardware_is_what_usb_says_of_the_board() -> None:
    assert Port("/dev/ttyACM0", "2341:0043", "A1").hardware == "USB 2341:0043, serial number A1"
    assert Port("/dev/ttyUSB0", "1A86:7523").hardware == "USB 1A86:7523"
    assert Port("/dev/ttyS0").hardware == ""
