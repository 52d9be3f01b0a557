"""Formats of exported libraries: one module each, with a function `files`."""

from collections.abc import Mapping

from harness.export.formats import arduino, cmake, cmsis_pack, esp_idf, platformio, zephyr
from harness.export.formats.format import Format

FORMATS: Mapping[str, Format] = {
    "arduino": arduino.files,
    "cmake": cmake.files,
    "cmsis-pack": cmsis_pack.files,
    "esp-idf": esp_idf.files,
    "platformio": platformio.files,
    "zephyr": zephyr.files,
}
