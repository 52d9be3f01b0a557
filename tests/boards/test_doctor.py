import os
import sys
from importlib import metadata
from pathlib import Path

import pytest

from harness.boards import doctor, requirement
from harness.boards.catalogue import TargetSpec, load_catalogue
from harness.boards.doctor import (
    check_serial_ports,
    examine,
    missing_tools,
    require_tools,
)
from harness.boards.requirement import find_tool
from harness.errors import ToolMissing

ROOT = Path(__file__).parents[2]
# First words of the remedies for simulators that apt does not have.
REMEDIES = {"renode": "get", "esp-emu": "get", "nrfutil": "get"} | dict.fromkeys(
    ("harness-avr-runner", "harness-pico-runner", "rp2040js"), "make"
)


def make_spec(*tools: str, name: str = "board", kind: str = "qemu") -> TargetSpec:
    return TargetSpec.model_validate(
        {
            "name": name,
            "title": name,
            "kind": kind,
            "env": name,
            "core": "any",
            "flash_bytes": 1,
            "ram_bytes": 1,
            "timing_kind": "instructions",
            "latency_unit": "instructions",
            "tools": tools,
        }
    )


def make_program(folder: Path, name: str, script: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with PlatformIO set up, on a machine whose PATH is the folder `bin`."""
    project = tmp_path / "project"
    make_program(tmp_path / "venv", "python", "exit 0")
    make_program(tmp_path / "venv", "pio", "echo PlatformIO Core, version 6.2.0")
    monkeypatch.setattr(sys, "executable", str(tmp_path / "venv" / "python"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    scons = project / ".platformio" / "packages" / "tool-scons"
    scons.mkdir(parents=True)
    (scons / "package.json").write_text('{"version": "4.41101.0"}', encoding="utf-8")
    return project


def examine_one(name: str, spec: TargetSpec, root: Path) -> doctor.Check:
    return next(check for check in examine({spec.name: spec}, root) if check.name == name)


def test_find_tool_prefers_the_checkout_then_the_venv_then_path(root: Path) -> None:
    assert find_tool("simulator", root) is None
    on_path = make_program(root.parent / "bin", "simulator", "")
    assert find_tool("simulator", root) == on_path
    in_venv = make_program(root.parent / "venv", "simulator", "")
    assert find_tool("simulator", root) == in_venv
    built = make_program(root / ".tools", "simulator", "")
    assert find_tool("simulator", root) == built


def test_find_tool_ignores_files_that_cannot_be_run(root: Path) -> None:
    make_program(root / ".tools", "simulator", "").chmod(0o644)
    assert find_tool("simulator", root) is None


def test_find_tool_gives_an_absolute_path(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    simulator = make_program(root / "relative", "simulator", "")
    monkeypatch.chdir(root)
    monkeypatch.setenv("PATH", "relative")
    assert find_tool("simulator", root) == simulator


def test_require_tools_names_all_that_is_missing_and_one_command(root: Path) -> None:
    with pytest.raises(ToolMissing) as caught:
        require_tools(load_catalogue()["qemu-riscv"], root)
    assert caught.value.where == "qemu-riscv"
    assert missing_tools(load_catalogue()["qemu-riscv"], root) == [
        "qemu-system-riscv32",
        "riscv64-unknown-elf-gcc",
        "picolibc",
    ]
    assert caught.value.what == (
        "not installed: qemu-system-riscv32, riscv64-unknown-elf-gcc, picolibc"
    )
    assert caught.value.hint == (
        "sudo apt-get install qemu-system-misc gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf"
    )


def test_root_needs_no_sudo(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(ToolMissing) as caught:
        require_tools(make_spec("qemu-system-arm"), root)
    assert caught.value.hint == "apt-get install qemu-system-arm"


def test_what_apt_does_not_have_comes_from_make_setup(root: Path) -> None:
    with pytest.raises(ToolMissing) as caught:
        require_tools(make_spec("harness-avr-runner", "avr-gcc"), root)
    assert caught.value.hint == "make setup"


def test_without_node_the_pico_is_unavailable_and_said_to_be(root: Path) -> None:
    pico = load_catalogue()["rp2040js-pico"]
    assert missing_tools(pico, root)[:3] == ["node", "rp2040js", "harness-pico-runner"]
    with pytest.raises(ToolMissing, match=r"rp2040js-pico: not installed: node, rp2040js, "):
        require_tools(pico, root)
    assert examine_one("node", pico, root).remedy == "sudo apt-get install nodejs npm"
    installed = root / ".tools/rp2040js/node_modules/rp2040js/package.json"
    installed.parent.mkdir(parents=True)
    installed.write_text('{"version": "1.4.1"}', encoding="utf-8")
    assert examine_one("rp2040js", pico, root).version == "1.4.1"


def test_a_tool_of_the_users_own_board_is_named(root: Path) -> None:
    with pytest.raises(ToolMissing, match=r"not installed: mysim; install mysim and put it on"):
        require_tools(make_spec("mysim"), root)


def test_a_compiler_without_its_c_library_is_not_enough(root: Path) -> None:
    make_program(root.parent / "bin", "avr-gcc", "echo libc.a")
    with pytest.raises(ToolMissing, match=r"not installed: avr-libc; sudo apt-get install avr-li"):
        require_tools(make_spec("avr-gcc"), root)


def test_a_broken_compiler_is_not_blamed_on_its_library(root: Path) -> None:
    make_program(root.parent / "bin", "avr-gcc", "exit 127")
    checks = {c.name: c for c in examine({"uno": make_spec("avr-gcc", name="uno")}, root)}
    assert (checks["avr-gcc"].found, checks["avr-libc"].found) == (False, True)
    assert "--reinstall gcc-avr" in checks["avr-gcc"].remedy


def test_a_complete_target_raises_nothing(root: Path) -> None:
    library = root / "libc.a"
    library.touch()
    make_program(root.parent / "bin", "avr-gcc", f"echo {library}")
    require_tools(make_spec("avr-gcc"), root)
    assert missing_tools(make_spec("avr-gcc"), root) == []
    (root / ".platformio/packages/tool-scons/package.json").unlink()
    with pytest.raises(ToolMissing, match="not installed: tool-scons"):
        require_tools(make_spec("avr-gcc"), root)


@pytest.mark.parametrize(
    ("said", "version"),
    [
        ("QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18+b3)", "7.2.22"),
        ("arm-none-eabi-gcc (15:12.2.rel1-1) 12.2.1 20221205", "12.2.1"),
        ("avr-gcc (GCC) 5.4.0", "5.4.0"),
        ("git version 2.39.5", "2.39.5"),
        ("no number", ""),
    ],
)
def test_version_is_the_number_outside_brackets(root: Path, said: str, version: str) -> None:
    make_program(root.parent / "bin", "simulator", f"echo '{said}'")
    check = examine_one("simulator", make_spec("simulator"), root)
    assert (check.found, check.version, check.remedy) == (True, version, "")


def test_versions_of_packages_come_from_their_manifests(root: Path) -> None:
    assert examine_one("tool-scons", make_spec(), root).version == "4.41101.0"
    (root / ".platformio/packages/tool-scons/package.json").write_text("{", encoding="utf-8")
    check = examine_one("tool-scons", make_spec(), root)
    assert not check.found
    assert check.remedy.endswith("broken (package.json cannot be read): make clean setup")


def test_a_broken_tool_is_reported_and_the_rest_is_examined(root: Path) -> None:
    path = make_program(root.parent / "bin", "qemu-system-arm", "echo libfdt.so: missing; exit 127")
    make_program(root.parent / "bin", "git", "echo git version 2.39.5")
    spec = make_spec("qemu-system-arm")
    check = examine_one("qemu-system-arm", spec, root)
    assert not check.found
    assert check.remedy == (
        f"{path} is there but broken (exit code 127: libfdt.so: missing): "
        "sudo apt-get install --reinstall qemu-system-arm"
    )
    assert examine_one("git", spec, root).version == "2.39.5"


def test_a_file_that_is_no_program_is_broken(root: Path) -> None:
    path = make_program(root.parent / "bin", "qemu-system-arm", "")
    path.write_bytes(b"\x7fELF rubbish")
    check = examine_one("qemu-system-arm", make_spec("qemu-system-arm"), root)
    assert not check.found
    assert "broken (Exec format error)" in check.remedy


def test_a_tool_that_hangs_is_given_up(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requirement, "TIMEOUT_S", 0.2)
    make_program(root.parent / "bin", "qemu-system-arm", "while :; do :; done")
    check = examine_one("qemu-system-arm", make_spec("qemu-system-arm"), root)
    assert not check.found
    assert "no answer within 0.2 s" in check.remedy


def test_checks_name_the_targets_that_need_them(root: Path) -> None:
    specs = [
        make_spec("gcc", name="one"),
        make_spec("gcc", "avr-gcc", name="two"),
        make_spec(name="uno", kind="simavr"),
    ]
    checks = {check.name: check for check in examine({s.name: s for s in specs}, root)}
    assert checks["gcc"].targets == ("one", "two")
    assert checks["avr-gcc"].targets == checks["avr-libc"].targets == ("two",)
    assert checks["arduino-core-avr"].targets == ("uno",)
    assert checks["pio"].targets == ("one", "two", "uno")
    assert checks["git"].targets == ()


def test_groups_come_together_and_in_order(root: Path) -> None:
    groups = [check.group for check in examine(load_catalogue(), root)]
    order = list(dict.fromkeys(groups))
    assert order[:3] == ["build", "compilers", "simulators"]
    assert order[3:6] == ["uploaders", "training", "provenance"]
    assert groups == sorted(groups, key=order.index)


def test_every_tool_of_the_catalogue_has_a_remedy(root: Path) -> None:
    tools = {tool for spec in load_catalogue().values() for tool in spec.tools}
    remedies = {check.name: check.remedy for check in examine(load_catalogue(), root)}
    assert {tool: remedies[tool].split()[0] for tool in tools} == {
        tool: "get" if "'s qemu" in tool else REMEDIES.get(tool, "sudo") for tool in tools
    }


def test_training_is_examined_without_importing_it(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "tensorflow", raising=False)
    check = examine_one("tensorflow", make_spec(), root)
    assert (check.found, check.group) == (True, "training")
    assert check.version == metadata.version("tensorflow")
    assert "tensorflow" not in sys.modules


def test_this_checkout_has_all_its_simulators_need() -> None:
    simulated = {name: spec for name, spec in load_catalogue().items() if spec.simulated}
    checks = [check for check in examine(simulated, ROOT) if check.group != "serial ports"]
    assert [check for check in checks if not (check.found or check.optional)] == []
    optional = {check.name for check in checks if check.optional}
    for spec in simulated.values():
        if optional.isdisjoint(spec.tools):
            require_tools(spec, ROOT)


def test_serial_ports_need_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    port = tmp_path / "ttyUSB0"
    port.touch()
    allowed = check_serial_ports([port], ("uno",))
    assert [(check.name, check.found, check.remedy) for check in allowed] == [(str(port), True, "")]
    monkeypatch.setattr(os, "access", lambda *_: False)
    refused = check_serial_ports([port], ("uno",))[0]
    assert (refused.found, refused.targets) == (False, ("uno",))
    assert refused.remedy == f"sudo usermod -aG {port.group()} $USER, then log in again"


def test_without_serial_devices_there_is_nothing_to_say() -> None:
    assert check_serial_ports([], ("uno",)) == []
