"""A few sessions of benchmarks/faults.py: no result is ever wrong, nothing hangs or leaks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.campaign import CHAOS, RIGHT, TYPED, Campaign, in_use, left_behind
from tests.faults.faults import KINDS

pytestmark = pytest.mark.hil
# These end no session: what they damage is asked for again.
HARMLESS = ("drop", "duplicate", "split", "noise", "reset")


@pytest.fixture(scope="module")
def campaign(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Campaign]:
    made = Campaign("host", tmp_path_factory.mktemp("faults"), samples=1, width=300)
    yield made
    made.close()


@pytest.mark.parametrize("fault", HARMLESS)
def test_a_session_ends_right(fault: str, campaign: Campaign) -> None:
    before = in_use()
    outcome = campaign.session(fault, 1)
    assert (outcome.end, outcome.reason) == (RIGHT, "")
    assert outcome.faults > 0
    assert left_behind(before) == ""


@pytest.mark.parametrize("fault", ["cut", CHAOS])
def test_a_session_ends_right_or_with_its_reason(fault: str, campaign: Campaign) -> None:
    before = in_use()
    outcome = campaign.session(fault, 1)
    assert outcome.end in (RIGHT, TYPED), outcome.reason
    assert outcome.end == RIGHT or "the line: " in outcome.reason
    assert outcome.faults > 0
    assert left_behind(before) == ""


def test_every_kind_of_fault_is_known() -> None:
    assert {*HARMLESS, "cut"} < set(KINDS)
