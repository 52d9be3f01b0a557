from __future__ import annotations

import pytest

from harness import errors
from harness.errors import HarnessError, PlanError
from harness.run import Interrupted
from harness.run.stages import stage_of
from harness.store import Stage

# Every typed error, also those that end no cell: a new one is decided on here.
STAGES: dict[type[HarnessError], Stage] = {
    HarnessError: Stage.BUILD,
    errors.InputError: Stage.BUILD,
    errors.PlanError: Stage.BUILD,
    errors.ModelError: Stage.MODEL,
    errors.DamagedModel: Stage.PREPARE,
    errors.ReferenceFailed: Stage.PREPARE,
    errors.AuthorityFailed: Stage.PREPARE,
    errors.AuthorityMissing: Stage.PREPARE,
    errors.ImplausibleFigure: Stage.MEASURE,
    errors.DataError: Stage.BUILD,
    errors.ToolMissing: Stage.BUILD,
    errors.TrainingError: Stage.BUILD,
    errors.ConversionFailed: Stage.PREPARE,
    errors.BuildError: Stage.BUILD,
    errors.DoesNotFit: Stage.FIT,
    errors.TargetError: Stage.MEASURE,
    errors.PortBusy: Stage.MEASURE,
    errors.PowerError: Stage.MEASURE,
    errors.SickBoard: Stage.MEASURE,
    errors.EnergyError: Stage.PROBE,
    errors.LinkError: Stage.MEASURE,
    errors.RequestRefused: Stage.MEASURE,
    errors.WrongFirmware: Stage.MEASURE,
    errors.StoreError: Stage.BUILD,
    Interrupted: Stage.BUILD,
}


def kinds(kind: type[HarnessError]) -> set[type[HarnessError]]:
    return {kind}.union(*(kinds(each) for each in kind.__subclasses__()))


def test_every_typed_error_is_decided_on() -> None:
    made = {kind for kind in kinds(HarnessError) if kind.__module__.startswith("harness.")}
    assert made == set(STAGES)


@pytest.mark.parametrize("kind", STAGES, ids=lambda kind: kind.__name__)
def test_an_error_ends_a_cell_at_its_stage(kind: type[HarnessError]) -> None:
    error = PlanError("plan.toml", ["wrong"]) if kind is PlanError else kind("wrong")
    assert stage_of(error) is STAGES[kind]


def test_only_errors_of_the_model_refuse_a_cell() -> None:
    refusing = {kind for kind, stage in STAGES.items() if stage.refuses}
    assert refusing == {errors.ModelError, errors.DoesNotFit}
