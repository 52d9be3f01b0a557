"""Who gets TFLM, what arena is tried, how refusals are told; builds are in tests/hil."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from harness.boards.catalogue import load_catalogue
from harness.errors import InputError, ModelError
from harness.firmware.builder import FirmwareBuilder
from harness.firmware.library import Library
from harness.link.messages import Prepared
from harness.link.session import Session
from harness.project import Project
from harness.run.settings import tflm_engine
from harness.tflm.engine import TflmEngine, generous_arena, prepare, why_not

ROOT = Path(__file__).parents[2]
CATALOGUE = load_catalogue()
LIBRARY = Library("TFLM", "1", "ab" * 32, ROOT / "storage")


class Device:
    def __init__(self, prepared: Prepared) -> None:
        self._prepared = prepared

    def prepare(self, model: int, arena_bytes: int) -> Prepared:
        assert (model, arena_bytes) == (0, 4096)
        return self._prepared


@pytest.mark.parametrize(
    ("status", "said", "message"),
    [
        (3, "Requested: 9", r"AllocateTensors\(\) failed in an arena of 4,096 B: Requested: 9$"),
        (1, "", r"schema version is not the library's in an arena of 4,096 B$"),
        (99, "", r"refuses the model: status 99 in"),
    ],
)
def test_a_refusal_has_tflms_own_reason(status: int, said: str, message: str) -> None:
    device = cast(Session, Device(Prepared(0, status, 0, said)))
    with pytest.raises(ModelError, match=message):
        prepare(device, 4096)


def test_a_ready_model_tells_what_it_uses() -> None:
    device = cast(Session, Device(Prepared(0, 0, 1234, "")))
    assert prepare(device, 4096).used == 1234


def test_the_arena_tried_is_what_ram_is_free() -> None:
    f405 = CATALOGUE["qemu-stm32f405"]
    assert generous_arena(f405, 1_000) == (131_072 - 4_096 - 1_000) // 16 * 16
    assert generous_arena(CATALOGUE["host"], 1_000) == 16 << 20
    esp32 = CATALOGUE["esp32dev"]
    free = esp32.ram_bytes - esp32.stack_reserve - 1_000
    assert generous_arena(esp32, 1_000) == free * 3 // 4 // 16 * 16
    assert generous_arena(f405, 200_000) < 0


def test_targets_without_the_cxx_library_are_named() -> None:
    for spec in CATALOGUE.values():
        reason = why_not(spec, ROOT)
        if spec.core.startswith("avr"):
            assert "AVR" in str(reason), spec.name
        elif {"riscv64-unknown-elf-gcc", "xtensa-lx106-elf-gcc"} & {*spec.tools}:
            assert "nor does Debian package one" in str(reason), spec.name
        else:
            assert reason is None, spec.name
    missing = CATALOGUE["qemu-m4"].model_copy(update={"tools": ("arm-none-eabi-nothing-gcc",)})
    assert str(why_not(missing, ROOT)).endswith("apt install libstdc++-arm-none-eabi-newlib")


def test_the_library_is_asked_for_before_anything_is_built(tmp_path: Path) -> None:
    project = Project(ROOT, tmp_path)
    with pytest.raises(InputError, match=r"qemu-m4: .*no library of TensorFlow Lite Micro"):
        tflm_engine(project, ("codegen", "tflm"), ["simavr-uno", "qemu-m4"], None)
    assert tflm_engine(project, ("codegen",), ["qemu-m4"], None) is None
    assert tflm_engine(project, ("tflm",), ["simavr-uno"], None) is not None
    with pytest.raises(InputError, match="no such folder"):
        tflm_engine(project, ("tflm",), ["host"], tmp_path / "nowhere")


def test_real_boards_have_the_registrys_library() -> None:
    engine = TflmEngine(Project(ROOT, ROOT), None)
    found = engine.libraries({name: CATALOGUE[name] for name in ("esp32dev", "uno")})
    assert list(found) == ["esp32dev"]
    local = TflmEngine(Project(ROOT, ROOT), LIBRARY)
    assert local.library(CATALOGUE["esp32dev"]) == LIBRARY


def test_the_build_id_tells_engines_and_libraries_apart(tmp_path: Path) -> None:
    project = Project(ROOT, tmp_path)

    def build_id(library: Library | None) -> str:
        builder = FirmwareBuilder(project, library=library)
        environment = builder.environment(CATALOGUE["host"])
        return builder._build_id(environment, lambda _: {"image.h": ""})

    ids = [build_id(library) for library in (None, LIBRARY, replace(LIBRARY, digest="cd" * 32))]
    assert len(set(ids)) == 3
    assert build_id(replace(LIBRARY, storage=tmp_path)) == ids[1]
