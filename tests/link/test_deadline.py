import time

import pytest

from harness.link.deadline import Deadline, Patience


def test_a_deadline_never_goes_below_zero() -> None:
    deadline = Deadline(-1)
    assert deadline.left() == 0
    assert deadline.passed


def test_sooner_never_extends() -> None:
    deadline = Deadline(5)
    assert deadline.sooner(100).left() <= 5
    assert deadline.sooner(1).left() <= 1
    assert not deadline.passed


def test_patience_is_renewed_by_progress_up_to_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    patience = Patience(4, 10)
    for _ in range(3):
        now[0] += 3
        assert not patience.passed
        patience.renew()
    assert patience.left() == 1
    now[0] += 1
    assert patience.passed
