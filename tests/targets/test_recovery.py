import pytest

from harness.errors import (
    BuildError,
    HarnessError,
    LinkError,
    PowerError,
    TargetError,
    WrongFirmware,
)
from harness.targets.ports import Port
from harness.targets.recovery import RecoveryStep, recover

HERE, THERE = Port("/dev/a"), Port("/dev/b")
SILENT = LinkError("no answer", where="/dev/a", hint="look")


class Board:
    """Runs the image once `cure` was used; `raises` is what a step raises."""

    def __init__(self, cure: str, **raises: HarnessError) -> None:
        self.cure = cure
        self.raises = raises
        self.used: list[str] = []

    def step(self, name: str) -> RecoveryStep:
        def use(port: Port) -> Port:
            self.used.append(name)
            if name in self.raises:
                raise self.raises[name]
            return THERE if name == "flash" else port

        return RecoveryStep(name, use)

    def trouble(self, port: Port) -> HarnessError | None:
        assert port in (HERE, THERE)
        return None if self.cure in self.used else LinkError("still silent", hint="look")

    def recover(self, *names: str) -> Port:
        return recover(HERE, [self.step(name) for name in names], self.trouble, SILENT)


def test_the_first_rung_that_helps_is_the_last_used() -> None:
    board = Board("reset")
    assert board.recover("reset", "flash", "power") == HERE
    assert board.used == ["reset"]
    board = Board("flash")
    assert board.recover("reset", "flash", "power") == THERE
    assert board.used == ["reset", "flash"]


@pytest.mark.parametrize("error", [BuildError("x"), LinkError("x"), TargetError("x")])
def test_a_rung_that_fails_is_followed_by_the_next(error: HarnessError) -> None:
    board = Board("power", flash=error)
    assert board.recover("flash", "power") == HERE


def test_a_power_switch_that_fails_is_the_end() -> None:
    board = Board("never", power=PowerError("no hub"))
    with pytest.raises(PowerError, match="no hub"):
        board.recover("power", "flash")
    assert board.used == ["power"]


def test_the_end_says_what_was_tried() -> None:
    with pytest.raises(TargetError, match=r"^still silent \(tried: reset, flash\); look$"):
        Board("never").recover("reset", "flash")
    with pytest.raises(LinkError, match=r"^/dev/a: no answer; look$"):
        Board("never").recover()
    with pytest.raises(WrongFirmware, match=r"^another build$"):
        Board("never", flash=WrongFirmware("another build")).recover("flash")
