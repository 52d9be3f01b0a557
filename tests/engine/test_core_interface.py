"""Every core has the constants and functions that kernels use, and kernels do not ask for it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness.codegen.cores import CORES, Core
from tests.engine.device import ENGINE, WARNINGS, run_tool

COMPILED = [core for core in CORES.values() if core.compiler]

# The values that engine_core.h allows.
CONSTANTS = {
    "ENGINE_TAP_BYTES": (1, 2),
    "ENGINE_PIXELS": (1, 2),
    "ENGINE_WINDOW_TAPS": (128, 1280),
    "ENGINE_POOL_TAPS": (128, 1280),
    "ENGINE_FLASH_PARAMS": (0, 1),
    "ENGINE_FILTERS": (1, 4),
    "ENGINE_PLAIN_FILTERS": (0, 4),
    "ENGINE_PLAIN_WINDOWS": (1, 3),
    "ENGINE_CHANNELS": (0, 4, 8),
    "ENGINE_PLANES": (0, 1),
    "ENGINE_PACKED": (0, 1),
    "ENGINE_QUADS": (0, 1),
    "ENGINE_SATURATES": (0, 1),
    "ENGINE_COPY_BYTES": (1, 4, 16),
    "ENGINE_NARROW_MULTIPLY": (0, 1),
    "ENGINE_NO_HIGH_PRODUCT": (0, 1),
    "ENGINE_ALIGNED": (0, 1),
    "ENGINE_SHARES_ARITHMETIC": (0, 1),
}

# Result and parameters of each function, by the condition on which a core has it.
FUNCTIONS = {
    "1": {
        "engine_high_mul_twice": "int32_t (int32_t, int32_t)",
        "engine_store_group": "engine_tap *(engine_tap *, size_t, uint32_t)",
        "engine_load_taps": "engine_tap *(engine_tap *, size_t, size_t, const int8_t *, size_t, "
        "size_t, int8_t)",
        "engine_load_runs": "engine_tap *(engine_tap *, const int8_t *, ptrdiff_t, size_t)",
        "engine_dot_pair": "void (int32_t *, const engine_tap *, size_t, const int8_t *, size_t, "
        "size_t)",
        "engine_plain_sum": "int32_t (const int8_t *, const int8_t *, size_t)",
        "engine_add_elements": "size_t (int8_t *, const engine_add_s8_params *, const int8_t *, "
        "const int8_t *)",
        "engine_sparse_product": "int (int8_t, int8_t)",
        "engine_sparse_dot": "int32_t (const uint8_t **, unsigned, const int8_t *, int32_t)",
        "engine_sparse_load_quad": "engine_sparse_quad (const int8_t *)",
        "engine_sparse_add_quad": "int32_t (int32_t, const int8_t *, engine_sparse_quad)",
    },
    "ENGINE_FILTERS == 4": {
        "engine_dot_block": "void (int32_t *, int, const engine_tap *, const engine_tap *const *, "
        "const int8_t *)",
        "engine_dot_bytes": "void (int32_t *, const int8_t *, const int8_t *, size_t)",
        "engine_dot_bytes_pair": "void (int32_t *, const int8_t *, const int8_t *, size_t, size_t)",
    },
    "ENGINE_PLAIN_FILTERS == 4": {
        "engine_plain_outputs": "void (int8_t *, const engine_plain *, const int8_t *, int, "
        "const int8_t *, const int32_t *, const engine_rescale *)",
    },
    "ENGINE_PLAIN_WINDOWS == 3": {
        "engine_plain_blocks": "void (int8_t *, const engine_plain *, const int8_t *)",
    },
    "ENGINE_CHANNELS == 4": {
        "engine_add_channels": "void (int32_t *, const engine_channel_taps *, const int8_t *, "
        "const int8_t *)",
    },
    "ENGINE_CHANNELS == 8": {
        "engine_add_window": "void (int32_t *, const int8_t *, size_t, size_t, int, int)",
        "engine_channels_outputs": "void (int8_t *, const engine_channel_taps *, const int8_t *, "
        "const int8_t *, const int32_t *, const engine_rescale *, size_t)",
    },
    "ENGINE_PLANES": {
        "engine_add_plane": "void (int32_t *, const engine_plane_rows *, const int16_t *, "
        "const int8_t *, size_t, int32_t)",
    },
    "ENGINE_QUADS": {
        "engine_max_4": "uint32_t (uint32_t, uint32_t)",
        "engine_clamp_4": "uint32_t (uint32_t, int32_t, int32_t)",
        "engine_quad_s16": "engine_quad (const int16_t *)",
        "engine_quad_s8_less": "engine_quad (const int8_t *, engine_pair)",
        "engine_dot_quad": "int32_t (int32_t, engine_quad, const int8_t *)",
    },
    "ENGINE_SATURATES": {"engine_half_s8": "int32_t (int32_t)"},
    "ENGINE_COPY_BYTES == 16": {
        "engine_copy_rows": "void (int8_t *, size_t, const int8_t *, size_t, int, size_t)",
        "engine_fill": "void (int8_t *, int8_t, size_t)",
    },
}

# Macros by which compilers name cores and what they have, and who may read them.
CORE_MACROS = re.compile(r"\b__(?:AVR|ARM_|arm|thumb|aarch64|riscv|XTENSA|FP_FAST)\w*")
READERS = {"engine_core.h", "core/engine_float.h"}


def checks() -> str:
    """C that compiles where all of that is there, with these types."""
    lines = ['#include "core/engine_dot.h"', "void have(void);", "void have(void)", "{"]
    for name, values in CONSTANTS.items():
        condition = " || ".join(f"{name} == {value}" for value in values)
        lines.append(f'_Static_assert({condition}, "{name}");')
    for condition, functions in FUNCTIONS.items():
        lines.append(f"#if {condition}")
        for name, type_ in functions.items():
            lines.append(f"{type_.replace('(', f'(*p_{name})(', 1)} = {name};")
            lines.append(f"(void)p_{name};")
        lines.append("#endif")
    return "\n".join([*lines, "}", ""])


@pytest.mark.parametrize("core", COMPILED, ids=lambda core: core.name)
def test_a_core_has_the_whole_interface(core: Core, tmp_path: Path) -> None:
    source = tmp_path / "interface.c"
    source.write_text(checks())
    run_tool([*core.compiler, *WARNINGS, f"-I{ENGINE}", "-fsyntax-only", source])


def test_the_portable_headers_describe_all_functions() -> None:
    portable = "".join(path.read_text() for path in ENGINE.rglob("*_portable.h"))
    for functions in FUNCTIONS.values():
        for name in functions:
            assert re.search(rf"\b{name}\(", portable), name


def test_every_constant_has_a_default() -> None:
    text = (ENGINE / "engine_core.h").read_text()
    defaults = set(re.findall(r"^#if !defined\((ENGINE_\w+)\)\n#define \1 ", text, re.MULTILINE))
    assert defaults == CONSTANTS.keys() - {"ENGINE_POOL_TAPS"}


def test_kernels_do_not_ask_for_the_core() -> None:
    asking = {
        path.relative_to(ENGINE).as_posix()
        for path in ENGINE.rglob("*.[ch]")
        if CORE_MACROS.search(path.read_text())
    }
    assert asking == READERS
