"""The files of the checkout as tests read them: paths, syntax trees, imports."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]


@cache
def files() -> tuple[Path, ...]:
    """All files that are or would be committed, relative to the checkout."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
    paths = (Path(name) for name in listed.decode().split("\0") if name)
    return tuple(sorted(path for path in paths if (ROOT / path).is_file()))


def python_files(*folders: str) -> list[Path]:
    """The Python files below these folders of the checkout, relative to it."""
    return [path for path in files() if path.suffix == ".py" and path.parts[0] in folders]


@cache
def parse(path: Path) -> ast.Module:
    """The syntax tree of a file, whose path is relative to the checkout."""
    return ast.parse((ROOT / path).read_text(encoding="utf-8"), filename=str(path))


def module_name(path: Path) -> str:
    """`harness.a.b` of harness/a/b.py, `harness.a` of harness/a/__init__.py."""
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def package_of(path: Path) -> str:
    """The package in which the file's relative imports start."""
    return ".".join(path.parent.parts)


@cache
def modules() -> dict[str, Path]:
    """Files of the harness by module."""
    return {module_name(path): path for path in python_files("harness")}


def imported(node: ast.AST, package: str) -> Iterator[str]:
    """Absolute names of everything imported at or below `node`."""
    for item in ast.walk(node):
        if isinstance(item, ast.Import):
            yield from (alias.name for alias in item.names)
        elif isinstance(item, ast.ImportFrom):
            parents = package.split(".")[: 1 - item.level or None] if item.level else []
            base = ".".join([*parents, *([item.module] if item.module else [])])
            yield base
            yield from (f"{base}.{alias.name}" for alias in item.names)


@cache
def module_level(tree: ast.Module) -> ast.Module:
    """The tree without its functions and without what only type checkers read."""

    class Remove(ast.NodeTransformer):
        def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
            del node

        def visit_If(self, node: ast.If) -> ast.AST | None:
            return None if "TYPE_CHECKING" in ast.dump(node.test) else self.generic_visit(node)

    return ast.fix_missing_locations(Remove().visit(deepcopy(tree)))


@cache
def import_graph() -> dict[str, frozenset[str]]:
    """For each module of the harness, the modules of the harness that it imports."""
    return {
        name: frozenset(imported(parse(path), package_of(path))) & modules().keys()
        for name, path in modules().items()
    }


def reached_from(room: str) -> dict[str, str]:
    """Every module that importing `room` leads to, with one that imports it."""
    graph = import_graph()
    start = [name for name in graph if name == room or name.startswith(f"{room}.")]
    reached = dict.fromkeys(start, room)
    queue = list(start)
    while queue:
        name = queue.pop()
        for other in graph[name] - reached.keys():
            reached[other] = name
            queue.append(other)
    return reached
