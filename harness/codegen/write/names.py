"""C names."""

from __future__ import annotations

import re
from collections.abc import Sequence

_KEYWORDS = re.compile(
    "auto|break|case|char|const|continue|default|do|double|else|enum|extern|float|for|goto|if|"
    "inline|int|long|register|restrict|return|short|signed|sizeof|static|struct|switch|typedef|"
    "union|unsigned|void|volatile|while"
)


def c_name(text: str) -> str:
    """Return a valid C identifier: "magnitude 80%-int8" becomes magnitude_80_int8."""
    name = re.sub(r"[^0-9A-Za-z]+", "_", text).strip("_") or "model"
    if name[0].isdigit():
        name = f"m_{name}"
    return f"{name}_" if _KEYWORDS.fullmatch(name) else name


def unique_names(names: Sequence[str]) -> list[str]:
    """Return the names with repeated ones numbered; upper and lower case count as equal."""
    taken = {name.lower() for name in names}
    seen: set[str] = set()
    result = []
    for name in names:
        unique, number = name, 2
        while unique.lower() in seen or (unique != name and unique.lower() in taken):
            unique, number = f"{name}_{number}", number + 1
        seen.add(unique.lower())
        result.append(unique)
    return result
