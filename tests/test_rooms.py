"""The law of the house: rooms import only rooms before them, and no imports run in a circle.

ROOMS is the one ordered list; docs/architecture.md has a line for each.
"""

import ast
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter

import pytest

from tests.source_files import (
    ROOT,
    import_graph,
    imported,
    module_level,
    modules,
    package_of,
    parse,
    reached_from,
)
from tests.test_repository import SLOW

ROOMS = (
    "errors",
    "durable",
    "nearest",
    "project",
    "children",
    "measure",
    "codegen",
    "link",
    "store",
    "boards",
    "setup",
    "targets",
    "firmware",
    "workload",
    "data",
    "training",
    "pruning",
    "plan",
    "variants",
    "energy",
    "tflm",
    "results",
    "run",
    "report",
    "export",
    "compare",
    "history",
    "sweep",
    "search",
    "inspect",
    "profile",
    "camera",
    "dialects",
    "cli",
    "pytest_plugin",
)
LEAVES = ("camera", "dialects", "cli", "pytest_plugin")
START_UP = ("cli", "pytest_plugin")
LATE = SLOW | {"numpy"}
READERS = ("results", "compare", "history", "pytest_plugin")  # of a run's figures
DRAWING = {"harness.report.plots.figure", "harness.report.plots.axes"}  # the look of all plots


def room(module: str) -> str:
    """The room of a module, "" of the package itself."""
    return module.split(".")[1] if "." in module else ""


def arrows() -> dict[tuple[str, str], list[str]]:
    """Imports between two rooms: (importer's, imported one's) with the lines that show it."""
    between: dict[tuple[str, str], list[str]] = {}
    for module, others in import_graph().items():
        for other in others:
            pair = (room(module), room(other))
            if "" not in pair and pair[0] != pair[1]:
                between.setdefault(pair, []).append(f"{module} imports {other}")
    return between


def test_every_room_has_its_place_in_the_order() -> None:
    assert {room(module) for module in import_graph()} - {""} == set(ROOMS)
    assert len(set(ROOMS)) == len(ROOMS)


def test_no_room_imports_a_later_one() -> None:
    place = {name: number for number, name in enumerate(ROOMS)}
    assert [
        line
        for (importer, other), lines in arrows().items()
        for line in lines
        if place[other] > place[importer]
    ] == []


def test_nothing_but_the_command_line_imports_a_leaf() -> None:
    assert [
        line
        for (importer, other), lines in arrows().items()
        for line in lines
        if other in LEAVES and importer not in ("cli", "pytest_plugin")
    ] == []


@pytest.mark.parametrize("name", READERS)
def test_figures_are_read_without_the_report(name: str) -> None:
    reached = reached_from(f"harness.{name}")
    found = {module for module in reached if room(module) == "report"}
    assert found == (DRAWING if name == "history" else set())


def test_no_module_imports_itself_by_a_detour() -> None:
    graph = {
        module: {other for other in imported if not module.startswith(f"{other}.")} - {module}
        for module, imported in import_graph().items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"a circle of imports: {' -> '.join(error.args[1])}")


@cache
def loaded_by(module: str) -> frozenset[str]:
    """Slow packages that importing `module` loads, directly or through other modules."""
    waiting = [module]
    seen: set[str] = set()
    slow: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        path = modules()[name]
        names = set(imported(module_level(parse(path)), package_of(path)))
        slow |= {other.split(".")[0] for other in names} & LATE
        parents = name.split(".")
        waiting += [".".join(parents[:length]) for length in range(1, len(parents))]
        waiting += names & modules().keys()
    return frozenset(slow)


def late_imports() -> Iterator[tuple[str, str, str]]:
    """Imports of the harness' own modules inside functions: importer, module, source line."""
    for importer, path in modules().items():
        lines = (ROOT / path).read_text(encoding="utf-8").splitlines()
        functions = [item for item in ast.walk(parse(path)) if isinstance(item, ast.FunctionDef)]
        for node in (node for function in functions for node in ast.walk(function)):
            if isinstance(node, ast.Import | ast.ImportFrom):
                text = " ".join(lines[node.lineno - 1 : node.end_lineno])
                for name in {*imported(node, package_of(path))} & modules().keys():
                    yield importer, name, text.strip()


def test_a_late_import_keeps_a_slow_package_out_and_names_it() -> None:
    """The command line and the pytest plugin load what a command needs when it runs."""
    wrong = []
    for importer, module, line in late_imports():
        kept_out = loaded_by(module) - loaded_by(importer)
        comment = line.partition("#")[2].lower()
        if room(importer) not in START_UP and not any(name in comment for name in kept_out):
            wrong.append(f"{importer}: {line} keeps out {sorted(kept_out)}")
    assert wrong == []


def test_late_imports_are_seen() -> None:
    assert ("harness.sweep.sweep", "harness.sweep.page") in {item[:2] for item in late_imports()}
    assert {"pandas", "matplotlib"} <= loaded_by("harness.sweep.page")
    assert not {"pandas", "tensorflow"} & loaded_by("harness.sweep.sweep")


@pytest.mark.parametrize("name", ROOMS)
def test_the_architecture_page_describes_every_room(name: str) -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert f"`harness/{name}" in page
