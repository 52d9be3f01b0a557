"""The layout of the checkout: short files, and tests where the code that they test is."""

from __future__ import annotations

from pathlib import Path

from tests.source_files import ROOT, files, python_files

LONGEST = 300
CODE = ("harness", "tests", "benchmarks", "scripts", "firmware/lib", "firmware/src")
SUFFIXES = (".py", ".c", ".h", ".cpp")
# Folders that test more than a room: kernels, C of the firmware, simulators, models/.
OTHER_CODE = ("engine", "faults", "firmware", "hil", "lies", "models")
# Of the repository as a whole, at the top of tests/.
WHOLE = (
    "board_pages",
    "catalogue_lists",
    "children",
    "install",
    "layout",
    "notebook",
    "project",
    "publish_sample",
    "repository",
    "rooms",
    "set_up",
)


def files_of_tests() -> list[Path]:
    return [path for path in python_files("tests") if path.name.startswith("test_")]


def test_no_file_of_code_is_long() -> None:
    lengths = {
        str(path): (ROOT / path).read_bytes().count(b"\n")
        for path in files()
        if path.suffix in SUFFIXES and str(path).startswith(CODE)
    }
    assert len(lengths) > 400
    assert {path: length for path, length in lengths.items() if length > LONGEST} == {}


def test_a_test_stands_where_its_module_does() -> None:
    """tests/a/test_b.py and tests/a/test_b_more.py are of harness/a/b.py or harness/a/b/.

    tests/a/test_a.py is of the room as a whole.
    """
    code = {path.relative_to("harness") for path in files() if path.parts[0] == "harness"}
    modules = {path.with_suffix("") for path in code if path.suffix == ".py"}
    modules |= {path.parent for path in modules if path.name == "__init__"}
    lost = []
    for path in files_of_tests():
        place, words = path.relative_to("tests").parent, path.stem.split("_")[1:]
        if place == Path():
            if "_".join(words) not in WHOLE:
                lost.append(str(path))
        elif place.parts[0] not in OTHER_CODE:
            names = {"_".join(words[:length]) for length in range(1, len(words) + 1)}
            if place.name not in names and not {place / name for name in names} & modules:
                lost.append(str(path))
    assert lost == []


def test_every_folder_of_tests_is_a_room_or_named() -> None:
    folders = {path.parts[1] for path in files_of_tests() if len(path.parts) > 2}
    rooms = {path.parts[1] for path in python_files("harness") if len(path.parts) > 2}
    assert folders - rooms - set(OTHER_CODE) == set()
