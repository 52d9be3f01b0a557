"""The engine's part for a model: its kernels, their helpers, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.codegen import compile_model
from harness.codegen.cores import CORES
from harness.export.engine import SOURCES, Engine, Part
from tests.source_files import ROOT

DATA = Path(__file__).parents[1] / "data"
ENGINE = Engine(ROOT)


def part_of(golden: str, core: str) -> Part:
    tflite = (DATA / f"{golden}.tflite").read_bytes()
    return ENGINE.part(compile_model(tflite, golden, core=core).header, CORES[core])


def sources(part: Part) -> set[str]:
    return {name for name in part.files if name.endswith(".c")}


def test_a_dense_int8_model_needs_six_sources_on_an_m4() -> None:
    part = part_of("digits_int8", "cortex-m4f")
    assert sources(part) == {
        "engine_conv_s8.c",
        "engine_fc_s8.c",
        "engine_filters_max_s8.c",
        "engine_filters_s8.c",
        "engine_output_s8.c",
        "engine_softmax_s8.c",
    }
    assert "engine_dot_dsp.h" in part.files
    others = ("engine_dot_avr.h", "engine_dot_mve.h", "engine_dot_armv7m.h", "engine_bands.h")
    assert not {*others} & part.files.keys()


def test_an_avr_has_its_own_arithmetic() -> None:
    part = part_of("digits_int8", "avr5")
    assert "engine_requantize_avr.c" in sources(part)
    assert "engine_dot_dsp.h" not in part.files


def test_a_float_model_needs_no_integer_kernel() -> None:
    assert sources(part_of("digits_float32", "cortex-m4f")) == {
        "engine_conv_f32.c",
        "engine_fc_f32.c",
        "engine_pool_f32.c",
        "engine_softmax_f32.c",
    }


@pytest.mark.parametrize("golden", sorted(path.stem for path in DATA.glob("*.tflite")))
def test_includes_lead_to_files_of_the_part(golden: str) -> None:
    part = part_of(golden, "generic")
    for text in part.files.values():
        for line in text.splitlines():
            if line.startswith('#include "'):
                assert line.split('"')[1] in part.files


def test_functions_are_renamed_and_files_and_types_are_not() -> None:
    part = part_of("digits_int8", "cortex-m4f")
    text = (
        '#include "engine_conv_s8.h"\nengine_conv_s8(&p);\n'
        "engine_conv_s8_params p; /* engine_fc_s8.c */\n"
    )
    assert part.renamed(text, "mine") == text.replace("engine_conv_s8(", "mine_engine_conv_s8(")


def test_file_names_of_the_engine_are_unique_without_folders() -> None:
    names = [path.name for path in (ROOT / SOURCES).rglob("*.[ch]")]
    assert len(names) == len({*names}) > 90
