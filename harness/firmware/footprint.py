"""Flash and RAM of a linked image, from the sections of its ELF file."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from elftools.common.exceptions import ELFError
from elftools.elf.constants import SH_FLAGS
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from harness.errors import BuildError

AVR_RAM = 0x80_0000  # avr-gcc's link addresses: flash from 0, then RAM,
AVR_EEPROM = 0x81_0000  # then EEPROM, fuses and lock bits
XTENSA_RAM = range(0x3FFA_E000, 0x4000_0000)  # data RAM of ESP8266 and ESP32
AVR_CONSTANTS_END = "__ctors_start"  # what its linker scripts put next


@dataclass(frozen=True)
class Footprint:
    """Bytes of flash and of static RAM, and the size of every section that counts.

    Flash holds the content of the image file: code, constants, initial values of variables. RAM
    holds writable data and, on the ESP8266, constants; stack and heap only where the linker script
    reserves them. Initialised variables count in both. Gaps of alignment between sections are left
    out.
    """

    flash_bytes: int
    ram_bytes: int
    sections: dict[str, int] = field(default_factory=dict)


def elf_footprint(path: Path) -> Footprint:
    """Return the footprint of an ELF file: arm, riscv, avr, xtensa or the host's own.

    Raises BuildError where the file is missing or not an ELF file.
    """
    flash = ram = 0
    sections: dict[str, int] = {}
    try:
        with path.open("rb") as file:
            elf = ELFFile(file)
            avr = elf["e_machine"] == "EM_AVR"
            xtensa = elf["e_machine"] == "EM_XTENSA"
            for section in elf.iter_sections():
                flags, size, address = (section[f"sh_{key}"] for key in ("flags", "size", "addr"))
                if not flags & SH_FLAGS.SHF_ALLOC or not size or (avr and address >= AVR_EEPROM):
                    continue
                sections[section.name] = sections.get(section.name, 0) + size
                if section["sh_type"] != "SHT_NOBITS":
                    flash += size
                in_ram = (avr and address >= AVR_RAM) or (xtensa and address in XTENSA_RAM)
                if flags & SH_FLAGS.SHF_WRITE or in_ram:
                    ram += size
    except OSError as error:
        raise BuildError(
            f"cannot read the image: {error.strerror}", where=str(path), hint="build it again"
        ) from error
    except ELFError as error:
        raise BuildError(
            f"not an ELF file: {error}", where=str(path), hint="build it again"
        ) from error
    return Footprint(flash, ram, sections)


def constants_end(path: Path) -> int:
    """Return the address behind the constants of an AVR image, which lie before all code.

    Raises BuildError where the file is not an ELF file with avr-gcc's symbols.
    """
    try:
        with path.open("rb") as file:
            table = ELFFile(file).get_section_by_name(".symtab")
            symbols = table if isinstance(table, SymbolTableSection) else None
            found = symbols.get_symbol_by_name(AVR_CONSTANTS_END) if symbols else None
    except (OSError, ELFError) as error:
        raise BuildError(
            f"cannot read the image: {error}", where=str(path), hint="build it again"
        ) from error
    if not found:
        raise BuildError(f"there is no symbol {AVR_CONSTANTS_END}", where=str(path))
    return int(found[0]["st_value"])


def footprint_delta(image: Footprint, base: Footprint) -> Footprint:
    """Return the bytes of `image` beyond those of `base`, with the sections that differ."""
    names = [*image.sections, *(name for name in base.sections if name not in image.sections)]
    changes = {name: image.sections.get(name, 0) - base.sections.get(name, 0) for name in names}
    return Footprint(
        flash_bytes=image.flash_bytes - base.flash_bytes,
        ram_bytes=image.ram_bytes - base.ram_bytes,
        sections={name: change for name, change in changes.items() if change},
    )
