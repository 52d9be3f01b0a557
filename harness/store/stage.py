"""Stages of a cell; some of them refuse it."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

Status = Literal["pending", "ok", "failed", "refused"]


class Stage(StrEnum):
    """A stage of a cell, by its name in the store and in progress events.

    A cell ends at one of them: refused where `refuses`, failed elsewhere. LAYERS and ENERGY add
    figures to a cell that is ok, and end none.
    """

    WAITING = "waiting"
    PROBE = "probe"  # the current probe is opened, which may be what supplies the board
    PREPARE = "prepare"  # the model file is whole, and the reference answers to its inputs
    MODEL = "model"  # the engine reads the model file
    BUILD = "build"
    FIT = "fit"  # the image is compared with the target's flash and RAM
    MEASURE = "measure"
    LAYERS = "layers"
    ENERGY = "energy"

    @property
    def refuses(self) -> bool:
        """True where the model is not for this target or engine."""
        return self in (Stage.MODEL, Stage.FIT)

    @property
    def status(self) -> Status:
        """Status of a cell that ends at this stage."""
        return "refused" if self.refuses else "failed"
