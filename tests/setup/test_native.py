from pathlib import Path

import pytest

from harness.boards.catalogue import load_catalogue
from harness.errors import ToolMissing
from harness.setup.native import (
    AVR_RUNNER,
    PICO_RUNNER,
    QEMU_PLUGIN,
    NativeTool,
    build,
    native_tools,
)
from tests.source_files import ROOT

TOOL = NativeTool("tool", (Path("tool.c"),), (), ("libtool-dev",))


def test_a_target_needs_the_tools_of_its_simulator() -> None:
    catalogue = load_catalogue()
    assert native_tools([catalogue["qemu-m4"]]) == (QEMU_PLUGIN,)
    assert native_tools([catalogue["simavr-uno"]]) == (AVR_RUNNER,)
    assert native_tools([catalogue["host"], catalogue["uno"]]) == ()
    assert native_tools([catalogue["rp2040js-pico"]]) == (PICO_RUNNER,)
    assert native_tools(catalogue.values()) == (QEMU_PLUGIN, AVR_RUNNER, PICO_RUNNER)


def test_sources_are_there() -> None:
    sources = {*QEMU_PLUGIN.sources, *AVR_RUNNER.sources, *PICO_RUNNER.sources}
    assert {source for source in sources if not (ROOT / source).is_file()} == set()


def test_a_tool_is_built_once_for_each_state_of_its_sources(tmp_path: Path) -> None:
    (tmp_path / "tool.c").write_text("int main(void) { return 3; }\n", encoding="utf-8")
    product = build(TOOL, tmp_path)
    assert product == tmp_path / ".tools" / "tool"
    built = product.stat().st_mtime_ns
    assert build(TOOL, tmp_path).stat().st_mtime_ns == built
    (tmp_path / "tool.c").write_text("int main(void) { return 4; }\n", encoding="utf-8")
    assert build(TOOL, tmp_path).stat().st_mtime_ns > built


def test_a_failure_says_what_and_what_is_needed(tmp_path: Path) -> None:
    (tmp_path / "tool.c").write_text("#include <nothing.h>\n", encoding="utf-8")
    with pytest.raises(ToolMissing, match=r"nothing\.h") as caught:
        build(TOOL, tmp_path)
    assert caught.value.where == "tool"
    assert caught.value.hint.endswith("libtool-dev")
    assert not (tmp_path / ".tools" / "tool").exists()


def test_without_a_compiler_the_packages_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolMissing, match="no C compiler"):
        build(TOOL, tmp_path)
