"""`[gate]` of a plan: the limits of the gate."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from harness.plan.part import Part

Bytes = Annotated[int, Field(strict=True, ge=0)]
Share = Annotated[float, Field(strict=True, ge=0, lt=1)]
Chance = Annotated[float, Field(strict=True, gt=0, lt=1)]


class Limits(Part):
    """The defaults let nothing pass where a figure is the same in every run.

    `count_growth` is the share by which an instruction or cycle count of any sample may grow,
    `flash_growth` and `ram_growth` (stack and arena too) are bytes. Times of boards have regressed
    when the mean of five runs is above the baseline's by more than `hardware_factor` *and* by more
    than chance does, with probability `hardware_p` for all cells of the run together. Accuracy has
    regressed when it fell with McNemar's mid-p below `accuracy_p`, or by more than `accuracy_drop`
    (a fraction; unset: no fixed limit). `parity_abs` is what float outputs may differ from TFLite.
    `moved_exit` is the exit code where counts or sizes are worse and the compiler or simulator is
    another one than the baseline's; 0 lets that pass.
    """

    count_growth: Share = 0.0
    flash_growth: Bytes = 0
    ram_growth: Bytes = 0
    hardware_factor: Annotated[float, Field(strict=True, ge=1)] = 1.005
    hardware_p: Chance = 0.05
    accuracy_p: Chance = 0.05
    accuracy_drop: Share | None = None
    moved_exit: Annotated[int, Field(strict=True, ge=0, le=125)] = 4
    parity_abs: Annotated[float, Field(strict=True, ge=0)] = 1e-6
