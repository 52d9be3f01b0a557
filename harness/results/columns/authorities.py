"""Columns on the authorities of parity: whose outputs the device's are compared with."""

from __future__ import annotations

from harness.measure.parity import Parity
from harness.results.columns.column import FRACTION, Column
from harness.results.columns.stored import of_model
from harness.results.figures import CellFigures
from harness.workload.authority import AUTHORITIES, Authority

WHOSE = (
    "the runtime, and its version, whose outputs parity is measured against ([which](exactness.md))"
)


def _parity(cell: CellFigures, authority: Authority) -> Parity | None:
    found = cell.distances.get(authority.name)
    return None if found is None else found.parity


def _difference(authority: Authority) -> Column[CellFigures]:
    def value(cell: CellFigures) -> float | None:
        found = _parity(cell, authority)
        return None if found is None else found.difference

    return Column(
        f"{authority.column}_difference",
        "float64",
        "greatest difference of the device's outputs from this runtime's: LSB of integer outputs, "
        "absolute of float ones; empty where it was not asked",
        value,
    )


def _differing(authority: Authority) -> Column[CellFigures]:
    def value(cell: CellFigures) -> float | None:
        found = _parity(cell, authority)
        return None if found is None else found.differing

    return Column(
        f"{authority.column}_differing",
        "float64",
        "output elements that differ from this runtime's",
        value,
        FRACTION,
    )


def _refused(cell: CellFigures) -> str | None:
    return "; ".join(each.reason for each in cell.distances.values() if each.reason) or None


def _text(name: str, note: str) -> Column[CellFigures]:
    """A text of the model file, missing where it is empty."""

    def value(cell: CellFigures) -> str | None:
        return getattr(cell.artifact, name) or None if cell.artifact else None

    return Column(name, "string", note, value)


AUTHORITY: tuple[Column[CellFigures], ...] = (
    _text("authority", WHOSE),
    _text("authority_version", WHOSE),
    _text(
        "authority_note",
        "operators of the model that this runtime computes otherwise than the engine; empty: none",
    ),
    of_model(
        "tolerance_lsb",
        "Int64",
        "difference of integer outputs that is the runtime's own rounding: parity lets it pass",
    ),
    Column(
        "parity_differing",
        "float64",
        "output elements that differ from the authority's",
        lambda cell: cell.parity and cell.parity.differing,
        FRACTION,
    ),
    *(column(each) for column in (_difference, _differing) for each in AUTHORITIES),
    Column(
        "authorities_refused",
        "string",
        "runtimes that were asked and cannot run the model file, with their reasons",
        _refused,
    ),
)
