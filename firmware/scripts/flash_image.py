"""PlatformIO extra script of the ESP32 boards: flash.bin, the content of the whole flash.

Espressif's simulators boot from it. esptool's merge-bin (release 5, which the platform calls by
$OBJCOPY) puts boot loader, partition table and program at their offsets, writes the flash's mode
and size into the header, and fills the rest.
"""

from pathlib import Path

Import("env")

MODE = "dio"  # what QEMU's flash understands

board = env.BoardConfig()
size = board.get("upload.flash_size", "4MB")


def merge(target, source, env):  # noqa: ARG001 - SCons names them
    """Called when the program's .bin is there; by then the platform knows the other pieces."""
    pieces = [(env.subst("$ESP32_APP_OFFSET"), str(target[0])), *env.get("FLASH_EXTRA_IMAGES", [])]
    words = [word for offset, path in pieces for word in (offset, f'"{env.subst(path)}"')]
    chip = board.get("build.mcu")
    flash = Path(str(target[0])).with_name("flash.bin")
    command = ["$OBJCOPY", "--chip", chip, "merge-bin", "-o", f'"{flash}"']
    options = ["--flash-mode", MODE, "--flash-size", size, "--pad-to-size", size]
    return env.Execute(" ".join([*command, *options, *words]))


env.AddPostAction("$BUILD_DIR/${PROGNAME}.bin", merge)
