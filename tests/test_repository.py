"""What holds for the repository as a whole and no single module can promise."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import harness
from harness.boards.toolchain import ARDUINO_AVR, FOR_NO_TARGET, LIBRARIES, PROGRAMS
from tests.source_files import (
    ROOT,
    files,
    import_graph,
    imported,
    module_level,
    parse,
    reached_from,
)

THIS = Path(__file__).relative_to(ROOT)
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
TRAINING_ROOMS = {("harness", room) for room in ("training", "pruning", "variants", "search")}
TENSORFLOW = {"tensorflow", "tf_keras", "tensorflow_model_optimization"}
SLOW = TENSORFLOW | {"pandas", "matplotlib", "scipy", "sklearn"}
PINNED = re.compile(r"^([\w.-]+)==(\S+)")


def files_matching(pattern: str) -> list[str]:
    """`file:line` of every place whose bytes match; pictures hold any bytes by chance."""
    wanted = re.compile(pattern.encode())
    return [
        f"{path}:{number}"
        for path in files()
        if path != THIS and path.suffix != ".png"
        for number, line in enumerate((ROOT / path).read_bytes().splitlines(), 1)
        if wanted.search(line)
    ]


def test_the_list_of_files_is_the_repository() -> None:
    assert {Path("Makefile"), Path("harness/errors.py"), THIS} <= set(files())
    assert not [path for path in files() if ".venv" in path.parts]
    assert [path for path in files() if " " in str(path)] == []


@pytest.mark.parametrize(
    "pattern",
    [
        r"(?<![\w.})$-])/(?:home|Users)/\w",
        r"(?<![\w.})$-])/(?:root|work)/",
        re.escape(str(ROOT)) + r"\b",
    ],
)
def test_no_file_names_a_path_of_one_machine(pattern: str) -> None:
    assert files_matching(pattern) == []


@pytest.mark.parametrize(
    "pattern",
    [
        r"--(?:extra-)?index-url",
        r"--find-links",
        r"--trusted-host",
        r"files\.pythonhosted",
        r"\bfile://",
        r"\bPIP_[A-Z]",
    ],
)
def test_no_file_names_a_package_index(pattern: str) -> None:
    assert files_matching(pattern) == []


def test_the_lock_of_npm_names_versions_and_hashes_and_no_registry() -> None:
    folder = ROOT / "firmware" / "platforms" / "mcu_sim" / "rp2040js"
    lock = json.loads((folder / "package-lock.json").read_text(encoding="utf-8"))
    wanted = json.loads((folder / "package.json").read_text(encoding="utf-8"))["dependencies"]
    packages = {name: each for name, each in lock["packages"].items() if name}
    found = {
        name.rpartition("node_modules/")[2]: each["version"] for name, each in packages.items()
    }
    assert found == wanted == {"rp2040js": "1.4.1"}
    assert all(each["integrity"].startswith("sha512-") for each in packages.values())
    assert not any("resolved" in each for each in packages.values())


def test_no_file_holds_marks_of_unfinished_work() -> None:
    assert files_matching(r"\b(?:TODO|FIXME|XXX|NotImplementedError|pytest\.skip|xfail)\b") == []


def locked() -> dict[tuple[str, str], list[str]]:
    """Hashes of each requirement in the lock, by name and version: a package may have two, for
    different versions of Python."""
    found: dict[tuple[str, str], list[str]] = {}
    hashes: list[str] = []
    for line in LOCK.splitlines():
        if line.startswith(("#", "    #")):
            continue
        pinned = PINNED.match(line)
        if pinned:
            hashes = []
            found[pinned[1], pinned[2]] = hashes
        else:
            hashes.append(line.strip().removesuffix("\\").strip())
    return found


def test_every_locked_package_has_hashes_and_nothing_else() -> None:
    assert len(locked()) > len(PYPROJECT["project"]["dependencies"])
    for name, hashes in locked().items():
        assert hashes, name
        assert [
            text for text in hashes if not re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", text)
        ] == []


def test_the_lock_holds_what_pyproject_asks_for() -> None:
    project = PYPROJECT["project"]
    extras = project["optional-dependencies"]
    assert f"{project['name']}[train,parquet]" in extras["dev"]
    versions: dict[str, set[str]] = {}
    for name, version in locked():
        versions.setdefault(name, set()).add(version)
    for wanted in [*project["dependencies"], *extras["train"], *extras["parquet"], *extras["dev"]]:
        name, _, version = wanted.partition(";")[0].partition("==")
        if not name.startswith(project["name"]):
            assert {version or min(versions[name])} <= versions[name]


def test_the_lock_is_for_all_pythons_that_pyproject_names() -> None:
    assert "--universal --python-version 3.11" in (ROOT / "Makefile").read_text(encoding="utf-8")
    least, before = re.findall(r"3\.(\d+)", PYPROJECT["project"]["requires-python"])
    setup = (ROOT / "scripts" / "setup.sh").read_text(encoding="utf-8")
    (versions,) = re.findall(r"^VERSIONS=\((.*?)\)", setup, re.MULTILINE)
    assert sorted(versions.split()) == [f"3.{minor}" for minor in range(int(least), int(before))]


def test_the_lock_holds_the_build_backend() -> None:
    (requirement,) = PYPROJECT["build-system"]["requires"]
    name, _, least = requirement.partition(">=")
    (found,) = (version for package, version in locked() if package == name)
    assert [int(part) for part in found.split(".")] >= [int(part) for part in least.split(".")]


def test_every_folder_of_the_harness_is_a_package() -> None:
    code = {path.parent for path in files() if path.parts[0] == "harness" and path.suffix == ".py"}
    assert {str(folder) for folder in code if not (ROOT / folder / "__init__.py").exists()} == set()
    assert PYPROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"] == ["harness"]


def test_the_version_is_the_same_everywhere() -> None:
    assert harness.__version__ == PYPROJECT["project"]["version"]
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.search(r"^## \[([\d.]+)\]", changelog, re.MULTILINE)
    assert newest
    assert newest[1] == harness.__version__


def test_set_up_installs_every_package_that_doctor_names() -> None:
    text = (ROOT / "scripts" / "system-packages.txt").read_text(encoding="utf-8")
    installed = {line for line in text.splitlines() if line and not line.startswith("#")}
    needs = [*PROGRAMS.values(), *LIBRARIES.values(), *FOR_NO_TARGET, ARDUINO_AVR]
    assert {package for need in needs for package in need.packages} <= installed


def test_the_import_graph_sees_imports() -> None:
    assert "harness.boards.catalogue" in import_graph()["harness.boards.doctor"]
    assert reached_from("harness.targets.process")["harness.errors"].startswith("harness.")


@pytest.mark.parametrize(
    ("room", "closed_to_it"),
    [
        ("harness.report", ("harness.targets", "harness.variants")),
        ("harness.targets", ("harness.variants", "harness.report")),
        ("harness.link", ("harness.targets", "harness.variants", "harness.report")),
        ("harness.measure", ("harness.targets", "harness.variants", "harness.report")),
    ],
)
def test_data_flows_one_way(room: str, closed_to_it: tuple[str, ...]) -> None:
    reached = reached_from(room)
    assert reached
    assert {
        name: importer
        for name, importer in reached.items()
        if any(name == closed or name.startswith(f"{closed}.") for closed in closed_to_it)
    } == {}


def test_tensorflow_is_imported_late_and_only_where_models_are_made() -> None:
    wrong = []
    for path in files():
        if path.suffix != ".py" or path.parts[0] == "tests":
            continue
        may_train = path.parts[0] == "models" or path.parts[:2] in TRAINING_ROOMS
        tree = module_level(parse(path)) if may_train else parse(path)
        names = {name.split(".")[0] for name in imported(tree, "")}
        if names & TENSORFLOW:
            wrong.append(str(path))
    assert wrong == []


def test_the_command_line_starts_without_slow_imports() -> None:
    script = "import sys, harness.cli; print(*sorted(m for m in sys.argv[1:] if m in sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", script, *SLOW], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []


@pytest.mark.parametrize("path", [path for path in files() if path.suffix == ".md"], ids=str)
def test_documents_name_make_targets_and_files_that_exist(path: Path) -> None:
    text = (ROOT / path).read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    code = re.findall(r"```.*?```|`[^`\n]+`", text, re.DOTALL)
    named = {name for part in code for name in re.findall(r"\bmake ([a-z]+)\b", part)}
    assert named <= targets
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text)
    local = [link for link in links if not re.match(r"[a-z]+:", link)]
    assert [link for link in local if not (ROOT / path.parent / link).exists()] == []


def test_readme_says_how_to_start() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert {"make bench", "make test"} <= set(re.findall(r"\bmake [a-z]+", text))


def test_ci_runs_lint_and_tests_with_no_way_of_its_own() -> None:
    run = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    for name in (".github/workflows/ci.yml", ".gitlab-ci.yml"):
        steps = (ROOT / name).read_text(encoding="utf-8")
        assert ".ci/run" in steps
        assert "make bench" in steps
    assert re.findall(r"^make (\w+)$", run, re.MULTILINE) == ["lint", "test"]
