"""Operators that a library of TensorFlow Lite Micro has: methods of its MicroMutableOpResolver.

They are read from the library's own header, so that a model with others is refused by name before
anything is built. Of a library in PlatformIO's registry the header is not here yet: its compiler
then says what is missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from harness.errors import ModelError
from harness.firmware.library import Library

HEADER = "tensorflow/lite/micro/micro_mutable_op_resolver.h"
_METHOD = re.compile(r"\bTfLiteStatus\s+(Add\w+)\s*\(")
_CUSTOM = re.compile(r"\bTfLiteStatus\s+(Add\w+)\s*\([^{}]*\)\s*\{[^}]*?AddCustom\(\s*\"([^\"]+)\"")
# Builtin operators whose method is not named as the others' are: words, each with a capital.
_IRREGULAR = {
    "BATCH_MATMUL": "AddBatchMatMul",
    "CUMSUM": "AddCumSum",
    "PADV2": "AddPadV2",
    "UNIDIRECTIONAL_SEQUENCE_LSTM": "AddUnidirectionalSequenceLSTM",
}
_CUSTOM_KIND = "CUSTOM "


@dataclass(frozen=True)
class OpResolver:
    """A library's resolver; `methods` by operator (see `_key`), None without its header."""

    library: str
    methods: dict[str, str] | None = None

    @classmethod
    def of(cls, library: Library) -> OpResolver:
        """Read the header of a library on the disk."""
        found = {} if library.storage is None else _methods(library.storage)
        return cls(str(library), found or None)

    def registrations(self, kinds: Iterable[str]) -> tuple[str, ...]:
        """Return the methods that register operators of these kinds, in their order.

        Raises ModelError that names every operator which the library lacks.
        """
        named = [(kind, self._method(kind)) for kind in kinds]
        missing = [kind for kind, method in named if method is None]
        if missing:
            raise ModelError(
                f"TensorFlow Lite Micro has no operator {', '.join(missing)} in the library "
                f"{self.library}"
            )
        return tuple(method for _, method in named if method is not None)

    def _method(self, kind: str) -> str | None:
        if self.methods is not None:
            return self.methods.get(_key(kind))
        return register_method(kind)


def register_method(kind: str) -> str | None:
    """Return the method by which a builtin operator is registered in most libraries.

    None for custom and unknown operators. Whether a library has the method, its compiler says.
    """
    if not kind.replace("_", "").isalnum() or not kind.isupper():
        return None
    words = (word if word[0].isdigit() else word.capitalize() for word in kind.split("_"))
    return _IRREGULAR.get(kind, f"Add{''.join(words)}")


def _methods(storage: Path) -> dict[str, str]:
    """Return the methods of the first resolver in a folder of libraries, {} where there is none."""
    for place in sorted(storage.glob(f"*/{HEADER}")) + sorted(storage.glob(f"*/src/{HEADER}")):
        text = place.read_text(encoding="utf-8", errors="replace")
        builtin = {method.removeprefix("Add").lower(): method for method in _METHOD.findall(text)}
        custom = {f"{_CUSTOM_KIND}{name}": method for method, name in _CUSTOM.findall(text)}
        return builtin | custom
    return {}


def _key(kind: str) -> str:
    """Return CUSTOM operators by their own name, builtin ones without capitals and underscores."""
    return kind if kind.startswith(_CUSTOM_KIND) else kind.replace("_", "").lower()
