"""Python code named in a plan: a module, or module:function."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import re
from collections.abc import Iterator
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any

from harness.data.digest import digest_of_files
from harness.errors import InputError


def find_entry(name: str) -> Path:
    """Return the source file of `name`, module or module:function, without importing it.

    Raises InputError.
    """
    spec = None
    name, colon, function = name.partition(":")
    if colon and not function.isidentifier():
        raise InputError(
            f"'{function}' is not the name of a function", where=name, hint="write module:function"
        )
    if re.fullmatch(r"[^\W\d]\w*(\.[^\W\d]\w*)*", name):
        spec = _spec(name)
    if spec is None or spec.origin is None or not spec.has_location:
        raise InputError(
            f"there is no Python module '{name}'",
            where="model.entry",
            hint="for example models.digits_cnn; docs/add-a-model.md shows how to write one",
        )
    return Path(spec.origin)


def _spec(name: str) -> ModuleSpec | None:
    """Return the module's spec, None where there is none; packages on the way are not imported."""
    first, *others = name.split(".")
    try:
        spec = importlib.util.find_spec(first)
    except (ImportError, ValueError):
        return None
    for part in others:
        if spec is None or spec.submodule_search_locations is None:
            return None
        places = list(spec.submodule_search_locations)
        # By its last name alone: the spec of a folder without __init__.py imports its parent.
        spec = PathFinder.find_spec(part, places)
    return spec


def source_digest(name: str) -> str:
    """Return the digest of the entry's source: an edited model is trained again.

    Imported modules of its own folder count too. Of a package every file in its folder counts, data
    files too.
    """
    origin = find_entry(name)
    folder = origin.parent
    files = sorted(folder.rglob("*")) if origin.name == "__init__.py" else _with_imports(origin)
    sources = (path for path in files if path.is_file() and "__pycache__" not in path.parts)
    return digest_of_files(sources, folder)


def _with_imports(origin: Path) -> list[Path]:
    """Return the file and those beside it that it imports, directly or through each other."""
    sources: set[Path] = set()
    waiting = [origin]
    while waiting:
        path = waiting.pop()
        if path in sources:
            continue
        sources.add(path)
        waiting += [
            beside
            for module in _imported(path)
            if (beside := path.with_name(f"{module.rpartition('.')[2]}.py")).exists()
        ]
    return sorted(sources)


def _imported(path: Path) -> Iterator[str]:
    """Return names that may be modules in a file's import statements; none after a syntax error."""
    try:
        tree = ast.parse(path.read_bytes())
    except SyntaxError:
        return  # importing it reports them
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
            yield from (alias.name for alias in node.names)


def call_entry(name: str, function: str) -> Any:
    """Return the result of `function` of module `name`, or of the function in module:function.

    Raises InputError where there is none; errors of the function itself pass through.
    """
    find_entry(name)
    module_name, _, named = name.partition(":")
    module: ModuleType = importlib.import_module(module_name)
    target = getattr(module, named or function, None)
    if not callable(target):
        raise InputError(
            f"module '{module_name}' has no function {named or function}()",
            where="model.entry",
            hint="docs/add-a-model.md shows which functions are called",
        )
    return target()
