from pathlib import Path

import pytest

from harness.errors import PowerError
from harness.targets.ports import Port
from harness.targets.power import cycle, power_command


@pytest.mark.parametrize(
    ("location", "hub", "number"),
    [("1-1.4:1.0", "1-1", "4"), ("2-3.1.2", "2-3.1", "2"), ("1-4:1.0", "1", "4")],
)
def test_uhubctl_is_told_where_the_board_hangs(location: str, hub: str, number: str) -> None:
    port = Port("/dev/ttyACM0", location=location)
    assert power_command("uhubctl", port, "uno") == [
        *("uhubctl", "--location", hub, "--ports", number, "--action", "cycle")
    ]


@pytest.mark.parametrize("location", ["", "1", "1-x"])
def test_a_board_whose_place_is_unknown_needs_the_whole_command(location: str) -> None:
    with pytest.raises(PowerError, match=r"place in the USB tree is not known; give the command"):
        power_command("uhubctl", Port("/dev/ttyS0", location=location), "uno")


def test_a_command_gets_the_port() -> None:
    words = power_command("relay --off 'my board' {port}", Port("/dev/ttyACM0"), "uno")
    assert words == ["relay", "--off", "my board", "/dev/ttyACM0"]
    with pytest.raises(PowerError, match="cannot be read: No closing quotation"):
        power_command("relay 'x", Port("/dev/ttyACM0"), "uno")


def test_uhubctl_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a stand-in on PATH that writes its arguments down."""
    program = tmp_path / "uhubctl"
    program.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/said\n', encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    cycle("uhubctl", Port("/dev/ttyACM0", location="1-1.4:1.0"), "uno")
    assert (tmp_path / "said").read_text() == "--location 1-1 --ports 4 --action cycle\n"
    program.unlink()
    with pytest.raises(PowerError, match=r"uno: the power command failed: .*uhubctl.*; \[power\]"):
        cycle("uhubctl", Port("/dev/ttyACM0", location="1-1.4:1.0"), "uno")
