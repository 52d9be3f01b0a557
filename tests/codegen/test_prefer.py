"""The preference between time and flash, in the choice and in the whole compiler."""

from __future__ import annotations

import pytest

from harness.codegen import compile_model
from harness.codegen.cores import CORES
from harness.codegen.prefer import (
    PREFERENCES,
    Offer,
    Prefer,
    preference,
    takes_blocks,
    takes_sparse,
)
from harness.errors import InputError
from tests.codegen.test_cost import MEASURED, layer

DENSE = Offer(1000, 100)


@pytest.mark.parametrize(
    ("sparse", "taken"),
    [
        (Offer(900, 110), ("time",)),  # faster, but too large for balance
        (Offer(950, 99), ("balanced", "flash")),  # faster by less than the model's error
        (Offer(2000, 99), ("flash",)),
        (Offer(790, 105), ("balanced", "time")),
        (Offer(999, 100), ("flash",)),  # as small, and not slower
        (Offer(1001, 100), ()),
        (Offer(1300, 75), ("balanced", "flash")),
        (Offer(500, 1000), ("time",)),
    ],
)
def test_each_preference_takes_its_own(sparse: Offer, taken: tuple[Prefer, ...]) -> None:
    assert {each for each in PREFERENCES if takes_sparse(sparse, DENSE, each)} == set(taken)


def test_blocks_replace_what_they_beat() -> None:
    def taken(blocks: Offer, *, dense: bool) -> set[Prefer]:
        return {
            each for each in PREFERENCES if takes_blocks(blocks, DENSE, each, best_is_dense=dense)
        }

    assert taken(Offer(950, 120), dense=False) == {"time"}
    assert taken(Offer(950, 120), dense=True) == set()
    assert taken(Offer(900, 90), dense=True) == {"time", "balanced", "flash"}
    assert taken(Offer(1500, 90), dense=False) == {"flash"}


@pytest.mark.parametrize("core", MEASURED)
def test_time_first_is_never_slower_and_flash_first_never_larger(core: str) -> None:
    for zeros in range(0, 20, 3):
        data = layer(zeros / 20)
        models = {each: compile_model(data, "m", core=core, prefer=each) for each in PREFERENCES}
        times = {each: model.calls[0].time or 0 for each, model in models.items()}
        dense = compile_model(layer(0.0), "m", core=core)
        assert times["time"] <= min(times["balanced"], times["flash"]) * 1.1
        assert times["time"] <= (dense.calls[0].time or 0)
        assert models["flash"].const_bytes <= min(each.const_bytes for each in models.values())
        assert models["flash"].prefer == "flash"


def test_the_reason_says_what_was_traded() -> None:
    reasons = {
        (core, zeros, each): compile_model(layer(zeros / 20), "m", core=core, prefer=each)
        .ops[0]
        .reason
        for core in MEASURED[:3]
        for zeros in range(8, 14)
        for each in PREFERENCES
    }
    assert not any("first" in text for key, text in reasons.items() if key[2] == "balanced")
    assert any(text.endswith(" B more") for key, text in reasons.items() if key[2] == "time")
    flash = [text for key, text in reasons.items() if key[2] == "flash" and "flash first" in text]
    assert flash
    assert all(text.endswith(("instructions more", "cycles more")) for text in flash)


def test_an_unknown_preference_names_the_known() -> None:
    with pytest.raises(InputError, match="no preference 'speed'") as error:
        preference("speed")
    assert error.value.hint == "one of balanced, time, flash"


def test_every_core_has_the_balanced_choice_by_default() -> None:
    for core in CORES:
        default = compile_model(layer(0.7), "m", core=core)
        named = compile_model(layer(0.7), "m", core=core, prefer="balanced")
        assert default.header == named.header
