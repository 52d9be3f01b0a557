"""The law of the house: rooms import only rooms before them, and no imports run in a circle.

ROOMS is the one ordered list; docs/architecture.md has a line for each.
"""

from graphlib import CycleError, TopologicalSorter

import pytest

from tests.test_repository import ROOT, import_graph, reached_from

ROOMS = (
    "errors",
    "nearest",
    "project",
    "measure",
    "codegen",
    "link",
    "store",
    "boards",
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
    "compare",
    "history",
    "sweep",
    "inspect",
    "profile",
    "camera",
    "dialects",
    "cli",
    "pytest_plugin",
)
LEAVES = ("camera", "dialects", "cli", "pytest_plugin")
READERS = ("results", "compare", "history", "pytest_plugin")  # of a run's figures
DRAWING = {"harness.report.plots.figure", "harness.report.plots.axes"}  # the look of all plots


def room(module: str) -> str:
    """The room of a module, "" of the package itself."""
    return module.split(".")[1] if "." in module else ""


def arrows() -> dict[tuple[str, str], list[str]]:
    """Imports between two rooms: (importer's, imported one's) with the lines that show it."""
    found: dict[tuple[str, str], list[str]] = {}
    for module, imported in import_graph().items():
        for other in imported:
            pair = (room(module), room(other))
            if "" not in pair and pair[0] != pair[1]:
                found.setdefault(pair, []).append(f"{module} imports {other}")
    return found


def test_every_room_has_its_place_in_the_order() -> None:
    assert {room(module) for module in import_graph()} - {""} == set(ROOMS)
    assert len(set(ROOMS)) == len(ROOMS)


def test_no_room_imports_a_later_one() -> None:
    place = {name: number for number, name in enumerate(ROOMS)}
    assert [
        line
        for (importer, imported), lines in arrows().items()
        for line in lines
        if place[imported] > place[importer]
    ] == []


def test_nothing_but_the_command_line_imports_a_leaf() -> None:
    assert [
        line
        for (importer, imported), lines in arrows().items()
        for line in lines
        if imported in LEAVES and importer not in ("cli", "pytest_plugin")
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


@pytest.mark.parametrize("name", ROOMS)
def test_the_architecture_page_describes_every_room(name: str) -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert f"`harness/{name}" in page
