"""Generated code compiles with the engine it was generated for, and with no other."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from harness.codegen import compile_model
from harness.codegen.cores import core_named
from harness.codegen.engine_constants import C_CONSTANTS
from harness.codegen.write.asserts import refusals
from tests.engine.device import ENGINE

DATA = Path(__file__).resolve().parents[2] / "data"
MACROS = sorted(name for name in C_CONSTANTS if "(" not in name)


@pytest.fixture(scope="module")
def header() -> str:
    return compile_model((DATA / "digits_int8.tflite").read_bytes(), "digits").header


def errors_of(header: str, folder: Path) -> str:
    """Return the compiler's errors for the header with the engine in that folder."""
    (folder / "model.c").write_text(header)
    command = ["gcc", "-std=c99", "-fsyntax-only", f"-I{folder}", folder / "model.c"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stderr


def engine_with(folder: Path, pattern: str, replacement: str) -> Path:
    """Return a copy of the engine's headers with one change."""
    changed = 0
    for path in ENGINE.glob("*.h"):
        text, count = re.subn(pattern, replacement, path.read_text(), flags=re.MULTILINE)
        (folder / path.name).write_text(text)
        changed += count
    assert changed == 1
    return folder


def test_the_engine_as_it_is_compiles(header: str, tmp_path: Path) -> None:
    for path in ENGINE.glob("*.h"):
        shutil.copy(path, tmp_path)
    assert "error" not in errors_of(header, tmp_path)


@pytest.mark.parametrize("macro", MACROS)
def test_another_constant_does_not_compile(macro: str, header: str, tmp_path: Path) -> None:
    value = C_CONSTANTS[macro]
    engine = engine_with(tmp_path, rf"^#define {macro} {value}\b", f"#define {macro} {value + 1}")
    assert f"ENGINE_EXPECTED({macro} == {value})" in errors_of(header, engine)


def test_another_struct_does_not_compile(header: str, tmp_path: Path) -> None:
    engine = engine_with(
        tmp_path, "^} engine_conv_s8_params;", "int more; } engine_conv_s8_params;"
    )
    errors = errors_of(header, engine)
    assert "sizeof(engine_conv_s8_params) == 36" in errors
    assert "sizeof(engine_conv_max_pool_s8_params) == 40" in errors


def test_structs_of_all_calls_are_asserted_with_those_in_them() -> None:
    calls = compile_model((DATA / "resnet_int8.tflite").read_bytes(), "m", core="cortex-m4f").calls
    text = refusals(core_named("cortex-m4f"), calls)[0]
    asserted = re.findall(r"ENGINE_EXPECTED\(sizeof\((\w+)\) == (\d+)\)", text)
    assert ("engine_window", "28") in asserted
    assert asserted == sorted(set(asserted))
    assert {call.params.ctype for call in calls if call.params} <= {name for name, _ in asserted}
