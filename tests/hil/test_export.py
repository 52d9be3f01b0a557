"""Exported libraries on simulated cores, built by plain compilers: outputs, counts, size.

Counts are those of `NAME_infer` through a pointer between two reads of the counter, less an empty
pair: the call of the measuring firmware. `harness verify` runs a library inside that firmware.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from harness.boards.catalogue import TargetSpec, load_catalogue
from harness.codegen.cores import core_named
from harness.dialects.sketch import SketchReader
from harness.export.from_file import from_file
from harness.export.shipment import Shipment
from harness.export.verify import verify
from harness.firmware.footprint import elf_footprint
from harness.project import Project
from harness.run.inputs import InputSource
from harness.run.model_run import bench_model
from harness.run.settings import RunSettings
from harness.store import Store
from tests.export.libraries import (
    DATA,
    FLAGS,
    STRICT,
    c_files,
    export,
    includes,
    objects_of,
    output_of,
    shipment,
)
from tests.hil.port_images import PLATFORM_BOARDS, PORT, await_pty, command_of
from tests.source_files import ROOT

pytestmark = pytest.mark.hil
APP = Path(__file__).with_name("export_app") / "app.c"
ARDUINO = Path("/usr/share/arduino/hardware/arduino/avr")
M4 = "qemu-m4"
RISCV = "qemu-riscv"
UNO = "simavr-uno"
PICO = "rp2040js-pico"


@dataclass(frozen=True)
class Measured:
    """A run of digits int8 and its export, each with the figures of the target M4."""

    project: Project
    made: Shipment
    folder: Path


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Measured:
    """`harness bench` of the first test samples, then the export of the measured file."""
    folder = tmp_path_factory.mktemp("export")
    project = Project.here(folder / "reports")
    with np.load(DATA / "digits_test.npz") as file:
        np.savez(folder / "first.npz", x=file["x"][:5])
    model, source = DATA / "digits_int8.tflite", InputSource(folder / "first.npz")
    with Store(project.store) as store:
        bench_model(model, [M4], project, store, source, RunSettings(), lambda _: None)
        made = from_file(model, M4, source, project, store, "dense").with_vectors(5)
    return Measured(project, made, export(folder / "dense", made, "arduino"))


def build(spec: TargetSpec, folder: Path, libraries: Sequence[Path]) -> Path:
    """Compile libraries, APP and the target's port; return the program."""
    env = spec.env.replace("-", "_")
    board = json.loads((PLATFORM_BOARDS / f"{board_of(env)}.json").read_text(encoding="utf-8"))
    flags = board["build"]
    machine = [*flags["machine_flags"], *flags.get("compile_flags", ())]
    names = [path.name for path in libraries]
    entries = " ".join(f"LIBRARY({name}, {name.upper()})" for name in names)
    lines = [*(f'#include "{name}.h"' for name in names), f"#define LIBRARIES {entries}"]
    (folder / "libraries.h").write_text("\n".join(lines) + "\n")
    program = folder / "program.elf"
    compiler = core_named(spec.core).compiler[0]
    script = PORT.parents[2] / "platforms" / "mcu_sim" / "ldscripts"
    strict = [compiler, "-std=gnu99", *machine, *FLAGS, *STRICT, *flags["extra_flags"].split()]
    strict += [f"-I{folder}", f"-I{PORT}", *includes(*libraries)]
    objects = objects_of(folder / "app", *strict, APP, *sorted(PORT.glob("*.c")))
    for each in libraries:
        objects += objects_of(folder / f"{each.name}_objects", *strict, *c_files(each))
    output_of(
        compiler, *flags["machine_flags"], *flags["link_flags"], *objects, f"-L{script}", "-T",
        script / flags["ldscript"], "-Wl,--gc-sections", "-lc", "-lm", "-o", program,
    )  # fmt: skip
    return program


def board_of(env: str) -> str:
    text = (ROOT / "platformio.ini").read_text(encoding="utf-8")
    return text.partition(f"[env:{env}]")[2].partition("board = ")[2].split()[0]


@contextmanager
def started(spec: TargetSpec, program: Path, log: Path) -> Iterator[Path]:
    """Run the program in the simulator; yield the path of its pty."""
    with log.open("wb") as output:
        command = command_of(spec, program)
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=output)
    try:
        yield Path(await_pty(log, process))
    finally:
        process.kill()
        process.wait()


def lines_of(spec: TargetSpec, program: Path) -> list[list[str]]:
    """What APP prints, as words: the serial line goes to a file, so that nothing is lost."""
    to = program.with_suffix(".txt")
    command = [
        f"file,id=u0,path={to}" if word == "pty,id=u0" else word
        for word in command_of(spec, program)
    ]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    try:
        for _ in range(2000):
            if to.exists() and to.read_text().endswith("end\n"):
                break
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(0.01)
    finally:
        process.kill()
        process.wait()
    return [line.split() for line in to.read_text().splitlines()]


def test_counts_on_an_m4_are_those_of_the_measured_cell(measured: Measured, tmp_path: Path) -> None:
    """Two models in one program: both right, and the measured one's counts equal one by one."""
    spec = load_catalogue()[M4]
    sparse = export(tmp_path / "sparse", shipment("digits_sparse_int8", M4, "sparse", 3))
    dense, other, end = lines_of(spec, build(spec, tmp_path, [measured.folder, sparse]))
    assert (dense[:2], other[:2], end) == (["dense", "0"], ["sparse", "0"], ["end"])
    counts = measured.made.vectors.counts
    assert spec.ticks_per_unit is not None
    assert counts is not None
    found = [round(int(ticks) / spec.ticks_per_unit) for ticks in dense[2:]]
    assert found == counts.tolist()


def test_code_on_an_m4_is_no_larger_than_the_measured_flash(
    measured: Measured, tmp_path: Path
) -> None:
    """Kernels, weights and NAME_infer, linked as a program without start-up or C library."""
    main = tmp_path / "main.c"
    main.write_text(
        '#include "dense.h"\nvoid start(void);\n'
        "void start(void) { dense_infer((uint8_t *)0x20000000u); }\n"
    )
    compiler, *machine = core_named(load_catalogue()[M4].core).compiler
    program = tmp_path / "program.elf"
    output_of(
        compiler, *machine, *FLAGS, *STRICT, *includes(measured.folder),
        *c_files(measured.folder), main, "-nostartfiles", "-Wl,--gc-sections", "-Wl,-estart",
        "-lm", "-o", program,
    )  # fmt: skip
    figures = measured.made.figures
    assert figures is not None
    assert figures.flash_bytes is not None
    size = elf_footprint(program).flash_bytes
    assert measured.made.compiled.const_bytes < size <= figures.flash_bytes


def test_verify_finds_the_same_outputs_and_counts(measured: Measured) -> None:
    found = verify(measured.folder, measured.project)
    assert (found.target, found.differences, found.notes) == (M4, (), ())


def test_a_library_on_an_rp2040_takes_the_cycles_of_the_measured_cell(tmp_path: Path) -> None:
    """Built with the Pico's port and run in rp2040js: outputs and cycles are equal one by one."""
    project = Project.here(tmp_path / "reports")
    with np.load(DATA / "digits_test.npz") as file:
        np.savez(tmp_path / "first.npz", x=file["x"][:2])
    model, source = DATA / "digits_int8.tflite", InputSource(tmp_path / "first.npz")
    with Store(project.store) as store:
        bench_model(model, [PICO], project, store, source, RunSettings(), lambda _: None)
        made = from_file(model, PICO, source, project, store, "dense").with_vectors(2)
    assert made.vectors.counts is not None
    assert made.vectors.source == "device"
    found = verify(export(tmp_path / "dense", made, "arduino"), project)
    assert (found.target, found.differences, found.notes) == (PICO, (), ())


def test_a_library_on_risc_v(tmp_path: Path) -> None:
    spec = load_catalogue()[RISCV]
    folder = export(tmp_path / "dense", shipment("digits_int8", RISCV, "dense", 5))
    dense, _ = lines_of(spec, build(spec, tmp_path, [folder]))
    assert dense[:2] == ["dense", "0"]
    assert len(dense) == 7


def test_the_sketch_on_the_arduino_core(tmp_path: Path) -> None:
    """The real core for AVR with Arduino's own flags, -Os: right outputs, and readable text."""
    spec = load_catalogue()[UNO]
    made = shipment("digits_int8", UNO, "dense", 5)
    folder = export(tmp_path / "dense", made, "arduino")
    sketch = tmp_path / "sketch.cpp"
    (ino,) = folder.rglob("*.ino")
    sketch.write_text(f'#include <Arduino.h>\n#line 1 "{ino.name}"\n{ino.read_text()}')
    core = ARDUINO / "cores" / "arduino"
    flags = (
        "-mmcu=atmega328p", "-DF_CPU=16000000L", "-DARDUINO=10819", "-DARDUINO_AVR_UNO",
        "-DARDUINO_ARCH_AVR", "-DDECIMAL_DIG=__DECIMAL_DIG__", "-Os",
        "-ffunction-sections", "-fdata-sections",
        f"-I{core}", f"-I{ARDUINO / 'variants' / 'standard'}",
    )  # fmt: skip
    cpp = ("-std=gnu++11", "-fno-exceptions", "-fno-threadsafe-statics")
    names = ("main", "HardwareSerial", "HardwareSerial0", "Print", "WString", "abi", "new")
    cpp_files = [sketch, *(core / f"{name}.cpp" for name in names)]
    c = ("avr-gcc", *flags, "-std=gnu11", *includes(folder))
    objects = [
        *objects_of(tmp_path / "core", *c, "-w", core / "wiring.c", core / "hooks.c"),
        *objects_of(tmp_path / "library", *c, *STRICT, *c_files(folder)),
        *objects_of(tmp_path / "cpp", "avr-g++", *flags, *cpp, "-w", *includes(folder), *cpp_files),
    ]
    program = tmp_path / "program.elf"
    output_of("avr-g++", *flags, "-Wl,--gc-sections", *objects, "-lm", "-o", program)
    reader = SketchReader()
    results = []
    with started(spec, program, tmp_path / "log") as pty, pty.open("rb", buffering=0) as line:
        while len(results) < 3:
            results += reader.feed(line.read(64))
    assert reader.error == ""
    expected = int(made.vectors.outputs[0].argmax())
    assert [each.predicted for each in results[1:]] == [expected] * 2
    assert all(each.consistent for each in results[1:])
