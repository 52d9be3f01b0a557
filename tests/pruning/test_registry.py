"""Every method by its name: its file, its documentation, the parameter that a sweep varies."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness.pruning.registry import METHODS

PAGE = Path(__file__).parents[2] / "docs" / "add-a-pruning-method.md"
FILES = {name: name for name in METHODS} | {"none": "original"}


@pytest.mark.parametrize("name", METHODS)
def test_a_method_stands_in_the_file_of_its_name(name: str) -> None:
    assert METHODS[name].__module__ == f"harness.pruning.{FILES[name]}"


@pytest.mark.parametrize("name", METHODS)
def test_the_page_on_methods_names_it(name: str) -> None:
    assert re.search(rf"`{name}`|\"{name}\"", PAGE.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", [name for name, kind in METHODS.items() if kind.swept])
def test_a_sweep_varies_a_fraction_that_the_method_has(name: str) -> None:
    kind = METHODS[name]
    keys = {"name": "v", "method": name}
    assert kind.model_validate(keys | {kind.swept: 0.25}).parameters[kind.swept] == 0.25
    for outside in (-0.1, 1.0):
        with pytest.raises(ValueError, match="than"):
            kind.model_validate(keys | {kind.swept: outside})


def test_the_original_chains_and_slim_have_none() -> None:
    assert [name for name, kind in METHODS.items() if not kind.swept] == ["none", "chain", "slim"]
