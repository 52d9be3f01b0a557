"""The engine and generated code compile without a warning for every kind of core."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from harness.codegen import CompiledModel, compile_model, render_image
from harness.codegen.cores import CORES
from harness.codegen.engine_constants import C_CONSTANTS
from harness.codegen.structs import STRUCTS
from tests.chosen_targets import cores_where
from tests.engine.device import ENGINE, SOURCES, WARNINGS, run_tool

DATA = Path(__file__).resolve().parents[1] / "data"
COMPILED = [core.name for core in CORES.values() if core.compiler]
COMMANDS = {tuple(core.compiler): core.name for core in CORES.values() if core.compiler}
M3 = "cortex-m3"
DSP = cores_where(lambda core: core.dsp and not core.mve)[0]
RISCV = cores_where(lambda core: core.family == "riscv")[0]
AVR = cores_where(lambda core: core.family == "avr")[0]


@pytest.mark.parametrize("core", COMMANDS.values())
def test_every_kernel_compiles(core: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # where the object files are written
    run_tool([*CORES[core].compiler, *WARNINGS, f"-I{ENGINE}", "-Os", "-c", *SOURCES])


@pytest.mark.parametrize("core", COMPILED)
def test_generated_image_compiles(core: str, tmp_path: Path) -> None:
    """The generic core's code and the core's own."""
    # the Uno's compiler refuses constants of more than 32 kB
    names = ["digits_int8", "digits_int8_pertensor", "dscnn_float32", "resnet_int8"]
    for each in ("generic", core):
        models = [
            compile_model((DATA / f"{name}.tflite").read_bytes(), name, core=each) for name in names
        ]
        _compile_image(core, models, tmp_path)


@pytest.mark.parametrize("core", COMPILED)
def test_image_without_models_compiles(core: str, tmp_path: Path) -> None:
    _compile_image(core, [], tmp_path)


def test_generated_image_compiles_as_cpp(tmp_path: Path) -> None:
    model = compile_model((DATA / "resnet_int8.tflite").read_bytes(), "resnet", core="host")
    main = _written([model], tmp_path)
    flags = ["-Wall", "-Wextra", "-Werror", f"-I{tmp_path}", f"-I{ENGINE}"]
    run_tool(["g++", "-x", "c++", *flags, "-c", main, "-o", tmp_path / "main.o"])


@pytest.mark.parametrize("core", COMPILED)
def test_records_are_what_the_compiler_makes_of_the_engine(core: str, tmp_path: Path) -> None:
    """What codegen plans with is what kernels do; where any core may run, at least that."""
    record = CORES[core]
    exact = "==" if record.family != "any" else "<="
    (tmp_path / "core.c").write_text(
        f"""\
#include "engine_core.h"
#include "core/engine_taps_s8.h"
#if !(ENGINE_TAP_BYTES {exact} {record.tap_bytes}) || !(ENGINE_PIXELS {exact} {record.pixels})
#error "tap or pixels"
#endif
#if !(ENGINE_WINDOW_TAPS {exact} {record.window_taps}) || ENGINE_POOL_TAPS < {record.pool_taps}
#error "taps"
#endif
#if !(ENGINE_PLAIN_WINDOWS {exact} {record.plain_windows})
#error "windows in the file's order"
#endif
#if ENGINE_FLASH_PARAMS != {int(record.flash_params)}
#error "parameters"
#endif
#if defined(ENGINE_DSP) != {int(record.dsp)}
#error "dsp"
#endif
#if defined(__arm__) && (defined(__ARM_FEATURE_MVE) != {int(record.mve)} || \\
                         defined(__ARM_FP) != {int(record.fpu)})
#error "mve or fpu"
#endif
"""
    )
    run_tool([*record.compiler, "-std=c99", f"-I{ENGINE}", "-fsyntax-only", tmp_path / "core.c"])


@pytest.mark.parametrize(
    ("model", "core", "compiled_for", "message"),
    [
        ("digits_int8", M3, "cortex-m33", f"{M3}; here taps have more than 1 B"),
        ("dscnn_int8", M3, RISCV, f"{M3}; here taps have more than 1 B"),
        ("digits_int8", AVR, M3, f"{AVR}; here more than 1 windows are computed at once"),
        ("digits_int8", AVR, RISCV, f"{AVR}; here more than 128 taps are copied"),
        ("digits_int8", M3, AVR, f"{M3}; here pools hold fewer than 1280 taps"),
        ("digits_float32", "host", AVR, "host; here parameters can only lie in flash"),
        ("digits_int8", DSP, M3, "packed for cores with DSP instructions"),
    ],
)
def test_a_header_for_another_core_does_not_compile(
    model: str, core: str, compiled_for: str, message: str, tmp_path: Path
) -> None:
    made = compile_model((DATA / f"{model}.tflite").read_bytes(), model, core=core)
    main = _written([made], tmp_path)
    flags = [*WARNINGS, f"-I{tmp_path}", f"-I{ENGINE}", "-fsyntax-only"]
    command = [*CORES[compiled_for].compiler, *flags, str(main)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert message in done.stderr


@pytest.mark.parametrize("core", COMPILED)
def test_codegen_knows_the_constants_and_structs_of_the_engine(core: str, tmp_path: Path) -> None:
    conditions = [f"{name} == {value}" for name, value in C_CONSTANTS.items()]
    for struct in STRUCTS:
        conditions.append(f"sizeof({struct.ctype}) == {struct.sizeof()}")
        for member in struct.members():
            place = f"{struct.ctype}, {member.name}"
            conditions += [
                f"offsetof({place}) == {member.offset}",
                f"sizeof((({struct.ctype} *)0)->{member.name}) == {member.type.sizeof()}",
            ]
    source = tmp_path / "facts.c"
    checks = [f'_Static_assert({each}, "{each}");\n' for each in conditions]
    # members of the C type that codegen prints, and no others: as many, and of the same type
    for struct in STRUCTS:
        for member in struct.members():
            ctype = member.type.ctype if isinstance(member.type, type) else member.type.name
            checks.append(
                f"static {ctype} *{struct.ctype}_{member.name}({struct.ctype} *p)"
                f" {{ return &p->{member.name}; }}\n"
            )
    source.write_text('#include <stddef.h>\n#include "engine.h"\n' + "".join(checks))
    flags = ["-std=c99", "-Werror", f"-I{ENGINE}", "-c"]
    run_tool([*CORES[core].compiler, *flags, source, "-o", tmp_path / "facts.o"])


def test_every_struct_and_constant_of_the_headers_has_its_counterpart() -> None:
    headers = [*ENGINE.glob("engine_kernels_*.h"), ENGINE / "engine_model.h"]
    text = "".join(header.read_text() for header in sorted(headers))
    params = set(re.findall(r"^} (engine_\w+_params);", text, re.MULTILINE))
    nested = {"engine_window", "engine_axis_3d", "engine_comparison"}
    nested |= {"engine_sparse_filters", "engine_sparse_grid"}
    assert {struct.ctype for struct in STRUCTS} == params | nested | {"engine_sparse_output_s8"}
    constants = set(re.findall(r"^#define (ENGINE_\w+) \d+\b", text, re.MULTILINE))
    assert constants <= C_CONSTANTS.keys()


def test_unused_kernels_are_not_linked(tmp_path: Path) -> None:
    for name, text in render_image([_digits()], "00000000deadbeef").items():
        (tmp_path / name).write_text(text)
    (tmp_path / "main.c").write_text(
        '#include "image.h"\nstatic uint8_t arena[IMAGE_ARENA_BYTES] ENGINE_ALIGN(16);\n'
        "int main(void) { image_models[0].run(arena); return arena[0]; }\n"
    )
    program = tmp_path / "program"
    flags = ["-O2", "-ffunction-sections", "-fdata-sections", "-Wl,--gc-sections"]
    inputs = [tmp_path / "main.c", *SOURCES, f"-I{ENGINE}", f"-I{tmp_path}", "-lm"]
    run_tool(["gcc", *flags, *inputs, "-o", program])
    symbols = subprocess.run(["nm", program], capture_output=True, text=True, check=True).stdout
    fields = [line.split() for line in symbols.splitlines()]
    linked = {each[-1] for each in fields if each[-2] == "T" and each[-1].startswith("engine_")}
    assert linked == {
        "engine_any_block_outputs_s8",
        "engine_any_output_s8",
        "engine_conv_max_pool_s8",
        "engine_filters_max_s8",
        "engine_filters_s8",
        "engine_load_windows",
        "engine_pairs_s8",
        "engine_fc_per_channel_s8",
        "engine_softmax_s8",
    }


def _digits() -> CompiledModel:
    return compile_model((DATA / "digits_int8.tflite").read_bytes(), "digits")


def _compile_image(core: str, models: list[CompiledModel], folder: Path) -> None:
    main = _written(models, folder)
    includes = [f"-I{folder}", f"-I{ENGINE}"]
    compiler = CORES[core].compiler
    run_tool([*compiler, *WARNINGS, *includes, "-Os", "-c", main, "-o", folder / "main.o"])


def _written(models: list[CompiledModel], folder: Path) -> Path:
    """A program that runs the first model of an image."""
    for name, text in render_image(models, "00000000deadbeef").items():
        (folder / name).write_text(text)
    main = folder / "main.c"
    main.write_text(
        '#include "image.h"\n'
        "uint32_t first_crc(uint8_t *arena);\n"
        "uint32_t first_crc(uint8_t *arena)\n"
        "{\n"
        "    engine_model model;\n"
        "    engine_flash_copy(&model, &image_models[0], sizeof model);\n"
        "    if (IMAGE_MODEL_COUNT > 0) {\n"
        "        model.run(arena);\n"
        "    }\n"
        "    return model.crc32;\n"
        "}\n"
    )
    return main
