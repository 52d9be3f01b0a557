"""The stage at which an error ends a cell."""

from __future__ import annotations

from harness.errors import (
    ConversionFailed,
    DamagedModel,
    DoesNotFit,
    EnergyError,
    HarnessError,
    ImplausibleFigure,
    LinkError,
    ModelError,
    ReferenceFailed,
    TargetError,
)
from harness.store import Stage

_STAGES: dict[type[BaseException], Stage] = {
    ConversionFailed: Stage.PREPARE,
    DamagedModel: Stage.PREPARE,
    ReferenceFailed: Stage.PREPARE,
    ModelError: Stage.MODEL,
    DoesNotFit: Stage.FIT,
    EnergyError: Stage.PROBE,
    ImplausibleFigure: Stage.MEASURE,
    LinkError: Stage.MEASURE,
    TargetError: Stage.MEASURE,
    HarnessError: Stage.BUILD,
}


def stage_of(error: HarnessError) -> Stage:
    """Return the stage at which an error ends cells before their measurement.

    Errors without a stage of their own (tools, inputs, the compiler) end them at BUILD. During
    measurement all errors end cells at MEASURE.
    """
    return next(_STAGES[kind] for kind in type(error).__mro__ if kind in _STAGES)
