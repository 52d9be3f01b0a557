"""The engine and generated code compile without a warning for every kind of core."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from harness.codegen import CompiledModel, compile_model, render_image
from harness.codegen.calls import STRUCT_BYTES
from tests.engine.device import ENGINE, SOURCES, WARNINGS, run_tool

DATA = Path(__file__).resolve().parents[1] / "data"
COMPILERS = {
    "host": ["gcc"],
    "cortex-m0": ["arm-none-eabi-gcc", "-mcpu=cortex-m0", "-mthumb"],
    "cortex-m4": ["arm-none-eabi-gcc", "-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=hard"],
    "cortex-m55": ["arm-none-eabi-gcc", "-mcpu=cortex-m55", "-mthumb", "-mfloat-abi=hard"],
    "rv32imc": [
        "riscv64-unknown-elf-gcc",
        "-march=rv32imc",
        "-mabi=ilp32",
        "--specs=picolibc.specs",
    ],
    "avr": ["avr-gcc", "-mmcu=atmega328p"],
}


@pytest.mark.parametrize("core", COMPILERS)
@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_every_kernel_compiles(core: str, source: Path, tmp_path: Path) -> None:
    flags = [*WARNINGS, f"-I{ENGINE}", "-Os", "-c"]
    run_tool([*COMPILERS[core], *flags, source, "-o", tmp_path / "kernel.o"])


@pytest.mark.parametrize("core", COMPILERS)
def test_generated_image_compiles(core: str, tmp_path: Path) -> None:
    # the Uno's compiler refuses constants of more than 32 kB
    names = ["digits_int8", "digits_int8_pertensor", "dscnn_float32", "resnet_int8"]
    models = [compile_model((DATA / f"{name}.tflite").read_bytes(), name) for name in names]
    _compile_image(COMPILERS[core], models, tmp_path)


@pytest.mark.parametrize("core", COMPILERS)
def test_image_without_models_compiles(core: str, tmp_path: Path) -> None:
    _compile_image(COMPILERS[core], [], tmp_path)


def test_generated_image_compiles_as_cpp(tmp_path: Path) -> None:
    model = compile_model((DATA / "resnet_int8.tflite").read_bytes(), "resnet")
    _compile_image(
        ["g++", "-x", "c++"], [model], tmp_path, warnings=["-Wall", "-Wextra", "-Werror"]
    )


@pytest.mark.parametrize("core", COMPILERS)
def test_parameter_structs_have_the_sizes_codegen_counts(core: str, tmp_path: Path) -> None:
    source = tmp_path / "sizes.c"
    checks = [
        f"typedef char {name}_size[sizeof({name}) == {size} ? 1 : -1];\n"
        for name, size in STRUCT_BYTES.items()
    ]
    source.write_text('#include "engine.h"\n' + "".join(checks))
    flags = ["-std=c99", "-Werror", f"-I{ENGINE}", "-c"]
    run_tool([*COMPILERS[core], *flags, source, "-o", tmp_path / "sizes.o"])


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


def _compile_image(
    compiler: list[str], models: list[CompiledModel], folder: Path, warnings: list[str] = WARNINGS
) -> None:
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
    includes = [f"-I{folder}", f"-I{ENGINE}"]
    run_tool([*compiler, *warnings, *includes, "-Os", "-c", main, "-o", folder / "main.o"])
