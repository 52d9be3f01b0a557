from harness.link.deadline import Deadline


def test_a_deadline_never_goes_below_zero() -> None:
    deadline = Deadline(-1)
    assert deadline.left() == 0
    assert deadline.passed


def test_sooner_never_extends() -> None:
    deadline = Deadline(5)
    assert deadline.sooner(100).left() <= 5
    assert deadline.sooner(1).left() <= 1
    assert not deadline.passed
