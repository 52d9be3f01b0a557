"""The columns of energy per inference."""

from __future__ import annotations

from harness.results.columns.column import Column
from harness.results.figures import CellFigures

MICROJOULES = "\N{MICRO SIGN}J"
MILLIWATTS = "mW"

ENERGY: tuple[Column[CellFigures], ...] = (
    Column(
        "energy_uj",
        "float64",
        "energy of one inference ([energy](energy.md))",
        lambda cell: cell.energy.uj,
        MICROJOULES,
    ),
    Column(
        "energy_low_uj",
        "float64",
        "95 % interval of the mean over windows; measured only",
        lambda cell: cell.energy.low_uj,
        MICROJOULES,
    ),
    Column(
        "energy_high_uj",
        "float64",
        "95 % interval of the mean over windows; measured only",
        lambda cell: cell.energy.high_uj,
        MICROJOULES,
    ),
    Column(
        "energy_sd_uj",
        "float64",
        "standard deviation between windows; measured only",
        lambda cell: cell.energy.sd_uj,
        MICROJOULES,
    ),
    Column(
        "energy_above_idle_uj",
        "float64",
        "`energy_uj` less what the idle board takes in that time",
        lambda cell: cell.energy.above_idle_uj,
        MICROJOULES,
    ),
    Column(
        "energy_idle_mw",
        "float64",
        "the board's power before the windows",
        lambda cell: cell.energy.idle_mw,
        MILLIWATTS,
    ),
    Column("energy_windows", "Int64", "number of windows", lambda cell: cell.energy.windows),
    Column(
        "energy_invocations",
        "Int64",
        "inferences in each window",
        lambda cell: cell.energy.invocations,
    ),
    Column("energy_kind", "string", "`measured` or `estimate`", lambda cell: cell.energy.kind),
    Column(
        "energy_how",
        "string",
        "how the figure was obtained: probe and windows, or the datasheet's current",
        lambda cell: cell.energy.how,
    ),
    Column(
        "energy_reason",
        "string",
        "why energy was not measured though a probe is configured",
        lambda cell: cell.energy.reason,
    ),
)
