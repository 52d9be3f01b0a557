"""The engines by name, and how a model is called beside others that another engine ran."""

from __future__ import annotations

from typing import Protocol

CODEGEN = "codegen"  # this project's own, which texts do not name
TFLM = "tflm"


class Keyed(Protocol):
    """A cell's key, or a row of a table with its columns."""

    @property
    def variant(self) -> str: ...  # noqa: D102
    @property
    def dtype(self) -> str: ...  # noqa: D102
    @property
    def engine(self) -> str: ...  # noqa: D102


def model_name(cell: Keyed) -> str:
    """Variant and dtype, and the engine where it is not the project's own."""
    return f"{cell.variant} {with_engine(cell.dtype, cell.engine)}"


def with_engine(text: str, engine: str) -> str:
    """`text`, and the engine behind it where it is not the project's own."""
    return text if engine == CODEGEN else f"{text} ({engine})"
