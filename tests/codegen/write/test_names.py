from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.codegen.write.names import c_name, unique_names


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("magnitude 80%-int8", "magnitude_80_int8"),
        ("models\\digits.tflite", "models_digits_tflite"),
        ("80%", "m_80"),
        ("", "model"),
        ("%%", "model"),
        ("int", "int_"),
        ("größe", "gr_e"),
        ("already_fine", "already_fine"),
    ],
)
def test_known_names(text: str, name: str) -> None:
    assert c_name(text) == name


@given(st.text())
def test_every_text_gives_an_identifier(text: str) -> None:
    assert re.fullmatch(r"[A-Za-z_][0-9A-Za-z_]*", c_name(text))


@given(st.lists(st.sampled_from(["a", "A", "a_2", "a_3", "A_2", "b"])))
def test_names_become_unique_whatever_their_case(names: list[str]) -> None:
    result = unique_names(names)
    assert len({name.lower() for name in result}) == len(names)
    assert all(new.startswith(old) for new, old in zip(result, names, strict=True))
