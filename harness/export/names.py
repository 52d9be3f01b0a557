"""Names of libraries: C identifiers that collide with nothing a program already has."""

from __future__ import annotations

import re

from harness.codegen.write.names import c_name
from harness.errors import InputError

LONGEST = 48
# Headers of C, of the engine and of platforms, which NAME.h would hide.
_HEADERS = re.compile(
    "arduino|assert|complex|ctype|engine|engine_.*|errno|esp_log|fenv|float|freertos|inttypes|"
    "iso646|kernel|limits|locale|main|math|model|sdkconfig|setjmp|signal|spi|stdalign|stdarg|"
    "stdatomic|stdbool|stddef|stdint|stdio|stdlib|stdnoreturn|string|tgmath|threads|time|uchar|"
    "wchar|wctype|wire|zephyr"
)
_CPP_KEYWORDS = re.compile(
    "alignas|alignof|and|asm|bool|catch|class|concept|constexpr|decltype|delete|explicit|export|"
    "false|friend|mutable|namespace|new|noexcept|not|nullptr|operator|or|private|protected|public|"
    "requires|template|this|throw|true|try|typeid|typename|using|virtual|xor"
)


def library_name(text: str) -> str:
    """Return `text` as the name of a library, in small letters.

    Raises InputError where a header or a keyword has that name.
    """
    name = c_name(text).lower()[:LONGEST].rstrip("_")
    if _HEADERS.fullmatch(name) or _CPP_KEYWORDS.fullmatch(name):
        raise InputError(
            f"a library cannot be called '{name}': a header or keyword has that name",
            hint=f"--name my_{name}",
        )
    return name


def check_unique(name: str, others: list[str]) -> None:
    """Raise InputError where one of the `others`, models of the same run, gets the same name."""
    same = [other for other in others if c_name(other).lower()[:LONGEST].rstrip("_") == name]
    if same:
        raise InputError(
            f"'{same[0]}' of this run would have the same C name, {name}",
            hint="give another one: --name NAME",
        )
