"""Exported libraries, built by this computer's compilers: outputs, interface, files."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from harness.errors import InputError
from harness.export.formats import FORMATS
from harness.export.from_file import from_file
from harness.export.library import check_format, library_files
from harness.export.manifest import digest
from harness.export.text import plain
from harness.project import Project
from harness.run.inputs import InputSource
from tests.codegen.test_resources import running_sum
from tests.export.libraries import (
    DATA,
    FLAGS,
    STRICT,
    c_files,
    export,
    includes,
    output_of,
    shipment,
)


@pytest.mark.parametrize(
    "golden", ["digits_int8", "digits_float32", "digits_int16x8", "digits_dynamic", "lstm_int8"]
)
def test_the_self_test_finds_the_outputs_of_the_reference(golden: str, tmp_path: Path) -> None:
    folder = export(tmp_path / "made", shipment(golden, "host"))
    program = tmp_path / "program"
    main = folder / "examples" / f"{golden}_example" / "main.c"
    command = ["gcc", "-std=c99", *FLAGS, *STRICT, *includes(folder), *c_files(folder), main]
    output_of(*command, "-lm", "-o", program)
    assert output_of(program).startswith("self-test: 0 of 8 outputs differ\n")


def test_the_self_test_of_a_stream_keeps_the_state_within_a_sequence(tmp_path: Path) -> None:
    model = tmp_path / "sum.tflite"
    model.write_bytes(running_sum(first=(0.5, -1.0)))
    source = InputSource(samples=2, stream="last")
    made = from_file(model, "host", source, Project.here(tmp_path), None).with_vectors(15)
    assert made.vectors.frames == 10
    sums = np.array([0.5, -1.0]) + np.cumsum(made.vectors.inputs[:10], axis=0)
    np.testing.assert_allclose(made.vectors.outputs[:10], sums, atol=1e-5)
    folder = export(tmp_path / "library", made)
    main = folder / "examples" / "sum_example" / "main.c"
    command = ["gcc", "-std=c99", *FLAGS, *STRICT, *includes(folder), *c_files(folder), main]
    output_of(*command, "-lm", "-o", tmp_path / "program")
    assert "self-test: 0 of 15 outputs differ" in output_of(tmp_path / "program")


def test_the_self_test_counts_wrong_outputs(tmp_path: Path) -> None:
    folder = export(tmp_path / "made", shipment("digits_int8", "host"))
    source = folder / "src" / "digits_int8_selftest.c"
    text = source.read_text()
    at = text.index("outputs[8ul")
    value = re.compile(r"\{\n    (-?\d+),").search(text, at)
    assert value
    changed = f"{text[: value.start(1)]}{int(value[1]) + 1}{text[value.end(1) :]}"
    source.write_text(changed)
    program = tmp_path / "program"
    main = tmp_path / "main.c"
    main.write_text('#include "digits_int8.h"\nint main(void) { return digits_int8_selftest(); }\n')
    output_of("gcc", "-O1", *includes(folder), *c_files(folder), main, "-lm", "-o", program)
    with pytest.raises(AssertionError):
        output_of(program)


CPP = """
#include <cstdio>
#include <cstring>
#include "dense_eloquent.h"
#include "sparse.h"

static float samples[{count}][64] = {{{values}}};

int main()
{{
    Eloquent::TinyML::TfLite<64, 10, 8 * 1024> ml;
    if (!ml.begin() || dense_selftest() != 0 || sparse_selftest() != 0)
        return 1;
    for (auto &sample : samples) {{
        float out[10];
        int8_t raw[64], said[10];
        const float first = ml.predict(sample, out);
        if (first != out[0] || ml.predictClass(sample) != ml.probaToClass(out))
            return 2;
        dense_quantize(sample, raw);
        dense_run(raw, said);
        for (int8_t value : said)
            std::printf("%d ", value);
        std::printf("%d\\n", dense_class(out));
    }}
    static const char *const names[] = DENSE_CLASS_NAMES;
    return std::strcmp(names[3], "three") == 0 ? 0 : 3;
}}
"""


def test_two_models_and_eloquents_calls_in_one_cpp_program(tmp_path: Path) -> None:
    """Quantisation is the reference's, outputs are bit by bit those of TensorFlow Lite."""
    classes = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    dense = shipment("digits_int8", "host", "dense", 20)
    libraries = [
        export(tmp_path / "a", replace(dense, classes=classes)),
        export(tmp_path / "b", shipment("digits_sparse_int8", "host", "sparse")),
    ]
    with np.load(DATA / "digits_test.npz") as file:
        samples = file["x"][:20].reshape(20, 64).astype(np.float32)
    values = ", ".join(repr(float(value)) + "f" for value in samples.reshape(-1))
    (tmp_path / "main.cpp").write_text(CPP.format(count=20, values=values))
    strict = ("-O1", "-pedantic", *STRICT, *includes(*libraries))
    output_of("g++", "-std=c++11", *strict, "-c", tmp_path / "main.cpp", "-o", tmp_path / "main.o")
    whole = c_files(*libraries)
    output_of("gcc", "-std=c99", *strict[:1], *strict[2:], "-r", *whole, "-o", tmp_path / "c.o")
    output_of("g++", tmp_path / "main.o", tmp_path / "c.o", "-lm", "-o", tmp_path / "program")
    lines = [[*map(int, line.split())] for line in output_of(tmp_path / "program").splitlines()]
    assert np.array_equal([line[:10] for line in lines], dense.vectors.outputs.reshape(-1, 10))
    assert [line[10] for line in lines] == dense.vectors.outputs.argmax(axis=-1).tolist()


def test_names_of_two_libraries_share_nothing(tmp_path: Path) -> None:
    folder = export(tmp_path / "made", shipment("digits_int8", "host", "mine"))
    output_of("gcc", *includes(folder), "-r", *c_files(folder), "-o", tmp_path / "all.o")
    listed = output_of("nm", "-g", "--defined-only", "-f", "posix", tmp_path / "all.o")
    names = [line.split()[0] for line in listed.splitlines()]
    assert len(names) > 15
    assert [name for name in names if not name.startswith("mine_")] == []


def test_the_caller_may_bring_the_arena(tmp_path: Path) -> None:
    folder = export(tmp_path / "made", shipment("digits_int8", "host", "mine"))
    main = tmp_path / "main.c"
    main.write_text(
        '#include "mine.h"\nuint8_t shared[MINE_ARENA_BYTES] __attribute__((aligned(16)));\n'
        "int main(void) { return mine_selftest() != 0 || mine_arena() != shared; }\n"
    )
    program = tmp_path / "program"
    defined = "-DMINE_CALLER_ARENA=shared"
    output_of("gcc", defined, *includes(folder), *c_files(folder), main, "-lm", "-o", program)
    output_of(program)
    assert "ARENA" not in output_of("nm", program)


EXPECTED = {
    "arduino": ("library.properties", "examples/mine_sketch/mine_sketch.ino"),
    "cmake": ("CMakeLists.txt", "examples/mine_example/main.c"),
    "cmsis-pack": ("Harness.mine.pdsc",),
    "esp-idf": ("CMakeLists.txt", "idf_component.yml", "examples/mine_example/main/main.c"),
    "platformio": ("library.json", "examples/mine_sketch/mine_sketch.ino"),
    "zephyr": ("zephyr/module.yml", "Kconfig", "CMakeLists.txt"),
}


@pytest.mark.parametrize("form", FORMATS)
def test_a_format_has_its_files_and_names_every_source(form: str) -> None:
    files = library_files(shipment("digits_int8", "host", "mine"), form, Project.here().root)
    assert {*EXPECTED[form]} <= files.keys()
    build = b"".join(files[name] for name in EXPECTED[form])
    if form not in ("arduino", "platformio"):  # which take all of src/
        for name in files:
            assert not name.endswith(".c") or name.startswith("examples") or name.encode() in build
    for name, content in files.items():
        if name.endswith((".c", ".h")):
            assert content.startswith(b"/* SPDX-License-Identifier: Apache-2.0")
    manifest = json.loads(files["manifest.json"])
    assert manifest["files"] == {
        name: digest(content) for name, content in files.items() if name != "manifest.json"
    }
    assert manifest["sha256"] == digest((DATA / "digits_int8.tflite").read_bytes())


def test_the_same_model_gives_the_same_bytes() -> None:
    made, root = shipment("digits_int8", "host", "mine"), Project.here().root
    assert library_files(made, "arduino", root) == library_files(made, "arduino", root)


def test_large_inputs_bring_fewer_vectors() -> None:
    made = shipment("digits_int8", "host", "mine", 100).vectors
    assert len(made.inputs) == 100
    assert len(made.first(100, 16 * 74 * 5).inputs) == 5
    assert len(made.first(100, 1).inputs) == 1


def test_a_folder_with_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match="not empty"):
        export(tmp_path, shipment("digits_int8", "host"))
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_an_unknown_format_is_refused_with_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean 'arduino'"):
        check_format("aduino")


def test_titles_cannot_end_a_comment_or_a_string() -> None:
    assert plain('a */ "b" \\ ü') == "a __ _b_ _ _"


# Neither CMake nor Clang is needed by anything else of the project: they are used where they are.
COMPILERS = [each for each in ("gcc", "clang") if shutil.which("cmake") and shutil.which(each)]


@pytest.mark.parametrize("compiler", COMPILERS)
def test_cmake_builds_and_tests_the_library_on_this_computer(compiler: str, tmp_path: Path) -> None:
    folder = export(tmp_path / "digits_int8", shipment("digits_int8", "host"))
    build = tmp_path / "build"
    flags = " ".join(STRICT)
    output_of("cmake", "-S", folder, "-B", build, f"-DCMAKE_C_COMPILER={compiler}",
              f"-DCMAKE_C_FLAGS={flags}")  # fmt: skip
    output_of("cmake", "--build", build)
    assert "100% tests passed" in output_of("ctest", "--test-dir", build)
