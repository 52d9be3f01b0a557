"""No list of targets or cores by hand: the catalogue has them, and the next one is in it too.

One or two names are examples. tests/chosen_targets.py chooses from the catalogue by property.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from pathlib import Path

import pytest

from harness.boards.catalogue import load_catalogue
from harness.codegen import cores
from tests.source_files import parse, python_files

TARGETS = frozenset(load_catalogue())
CORES = frozenset(cores.CORES)
# The records themselves.
RECORDS = frozenset({Path("harness/codegen/cores.py")})
MOST = 2
LITERALS = (ast.List, ast.Tuple, ast.Set, ast.Dict)


def names_in(nodes: Iterable[ast.AST]) -> frozenset[str]:
    """Targets or cores, whichever are more, among the strings that are these nodes."""
    texts = {
        node.value
        for node in nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return max(TARGETS & texts, CORES & texts, key=len)


def listed(node: ast.AST) -> frozenset[str]:
    """Names anywhere in a literal, or among the arguments of a call."""
    if isinstance(node, LITERALS):
        return names_in(ast.walk(node))
    return names_in(node.args) if isinstance(node, ast.Call) else frozenset()


def lists_by_hand(tree: ast.AST) -> list[tuple[int, list[str]]]:
    """Line and names of each list, tuple, set, dictionary or call with more than MOST."""
    return [
        (node.lineno, sorted(names)) for node in ast.walk(tree) if len(names := listed(node)) > MOST
    ]


def test_targets_and_cores_are_chosen_from_the_catalogue() -> None:
    lists = {
        str(path): lists_by_hand(parse(path))
        for path in python_files("harness", "tests", "benchmarks", "scripts")
        if path not in RECORDS
    }
    assert len(lists) > 500
    assert {path: found for path, found in lists.items() if found} == {}


@pytest.mark.parametrize("opening", ["x = [{}]", "x = ({},)", "x = {{{}}}", "f({})", "f(a, [{}])"])
def test_lists_by_hand_are_seen(opening: str) -> None:
    names = [name for name in TARGETS if name not in CORES]
    for count, found in ((MOST, False), (MOST + 1, True)):
        text = opening.format(", ".join(map(repr, names[:count])))
        assert bool(lists_by_hand(ast.parse(text))) == found


def test_keys_of_dictionaries_and_nested_rows_are_seen() -> None:
    one, two, three = sorted(CORES)[:3]
    assert lists_by_hand(ast.parse(f"x = {{{one!r}: 1, {two!r}: 2, {three!r}: 3}}"))
    assert lists_by_hand(ast.parse(f"x = [({one!r}, 1), ({two!r}, 2), ({three!r}, 3)]"))
