"""The interpreter's answer to PREPARE."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from harness.errors import ImplausibleFigure, ModelError
from harness.link.messages import Prepared
from harness.tflm.engine import prepare


def session(status: int, used: int) -> Any:
    return SimpleNamespace(prepare=lambda model, _: Prepared(model, status, used, "said"))


def test_bytes_in_use_lie_within_the_arena() -> None:
    assert prepare(session(0, 500), 500).used == 500
    for used in (0, 501):
        with pytest.raises(ImplausibleFigure, match=f"{used} B in use of an arena of 500 B"):
            prepare(session(0, used), 500)


def test_a_refusal_has_the_library_s_words() -> None:
    with pytest.raises(ModelError, match=r"in an arena of 500 B: said"):
        prepare(session(3, 0), 500)
