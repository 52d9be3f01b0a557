import re
import subprocess
from pathlib import Path

import pytest

from harness.errors import BuildError
from harness.firmware.footprint import Footprint, elf_footprint, footprint_delta

SOURCE = """
{constant} char table[{table}] = {{1, 2, 3}};
volatile char variable[{data}] = {{4, 5, 6}};
volatile char buffer[{bss}];
int main(void) {{ return table[variable[0]] + buffer[1]; }}
void _start(void) {{ main(); }}
"""
COMPILERS = {
    "arm": ["arm-none-eabi-gcc", "-mcpu=cortex-m4", "-mthumb", "-nostdlib"],
    "riscv": ["riscv64-unknown-elf-gcc", "-march=rv32imc", "-mabi=ilp32", "-nostdlib"],
    "host": ["gcc", "-nostdlib", "-static"],
    "avr": ["avr-gcc", "-mmcu=atmega328p", "-nostartfiles"],
}


def build(family: str, folder: Path, *, table: int = 400, data: int = 64, bss: int = 1000) -> Path:
    constant = 'const __attribute__((section(".progmem.data")))' if family == "avr" else "const"
    source, image = folder / "image.c", folder / f"{family}-{table}-{data}-{bss}.elf"
    source.write_text(SOURCE.format(constant=constant, table=table, data=data, bss=bss))
    command = [*COMPILERS[family], "-O1", "-fno-common", "-o", str(image), str(source)]
    subprocess.run(command, check=True, capture_output=True)
    return image


def size_tool(image: Path, family: str) -> dict[str, int]:
    """Berkeley figures of binutils, the independent opinion."""
    tool = {"arm": "arm-none-eabi-size", "riscv": "riscv64-unknown-elf-size", "avr": "avr-size"}
    done = subprocess.run(
        [tool.get(family, "size"), str(image)], check=True, capture_output=True, text=True
    )
    text, data, bss = map(int, re.findall(r"\d+", done.stdout.splitlines()[1])[:3])
    return {"text": text, "data": data, "bss": bss}


@pytest.mark.parametrize("family", COMPILERS)
def test_flash_and_ram_are_those_of_binutils(family: str, tmp_path: Path) -> None:
    image = build(family, tmp_path)
    found, other = elf_footprint(image), size_tool(image, family)
    assert found.flash_bytes == other["text"] + other["data"]
    assert found.ram_bytes == other["data"] + other["bss"]
    assert sum(found.sections.values()) == other["text"] + other["data"] + other["bss"]


@pytest.mark.parametrize("family", COMPILERS)
def test_what_a_model_adds(family: str, tmp_path: Path) -> None:
    base = elf_footprint(build(family, tmp_path))
    more = elf_footprint(build(family, tmp_path, table=912, data=96, bss=3000))
    delta = footprint_delta(more, base)
    addressing = 4  # a farther variable may take a longer instruction
    assert 512 + 32 <= delta.flash_bytes <= 512 + 32 + addressing
    assert delta.ram_bytes == 32 + 2000
    assert sum(delta.sections.values()) == delta.flash_bytes + 2000
    assert delta.sections[".data"] == 32
    assert delta.sections[".bss"] == 2000


def test_eeprom_is_neither_flash_nor_ram(tmp_path: Path) -> None:
    plain, kept = tmp_path / "plain.c", tmp_path / "kept.c"
    plain.write_text("int main(void) { return 0; }\n")
    kept.write_text(
        'char setting[20] __attribute__((section(".eeprom"))) = {1};\n' + plain.read_text()
    )
    images = []
    for source in (plain, kept):
        images.append(source.with_suffix(".elf"))
        command = ["avr-gcc", "-mmcu=atmega328p", "-o", str(images[-1]), str(source)]
        subprocess.run(command, check=True, capture_output=True)
    assert elf_footprint(images[1]) == elf_footprint(images[0])


def test_constants_in_the_ram_of_an_esp8266_count_there_too(tmp_path: Path) -> None:
    source = tmp_path / "image.c"
    source.write_text("const char table[400] = {1}; const char *_start(void) { return table; }")

    def linked(rodata: int) -> Footprint:
        image = tmp_path / "image.elf"
        place = [f"-Wl,--section-start=.{name}" for name in (f"rodata={rodata:#x}", "text=0x1000")]
        command = ["xtensa-lx106-elf-gcc", "-nostdlib", *place, "-o", str(image), str(source)]
        subprocess.run(command, check=True, capture_output=True)
        return elf_footprint(image)

    esp8266, mapped = linked(0x3FFE_8000), linked(0x3F40_0020)
    assert esp8266.flash_bytes == mapped.flash_bytes
    assert esp8266.ram_bytes - mapped.ram_bytes == 400


def test_a_delta_tells_growing_shrinking_and_new_sections() -> None:
    base = Footprint(100, 30, {".text": 80, ".data": 20, ".old": 5, ".same": 7})
    image = Footprint(140, 25, {".text": 120, ".data": 15, ".new": 3, ".same": 7})
    assert footprint_delta(image, base) == Footprint(
        40, -5, {".text": 40, ".data": -5, ".new": 3, ".old": -5}
    )


def test_a_missing_image_is_a_typed_error(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=r"cannot read the image.*build it again"):
        elf_footprint(tmp_path / "none.elf")


@pytest.mark.parametrize("content", [b"", b"MZ not an ELF", b"\x7fELF\x01\x01\x01"])
def test_what_is_no_elf_file_is_a_typed_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "firmware.elf"
    path.write_bytes(content)
    with pytest.raises(BuildError, match="not an ELF file"):
        elf_footprint(path)
