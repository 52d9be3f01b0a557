"""`[energy.TARGET]` of a plan: which probe is wired to a board, and how."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from harness.plan.part import Part


class EnergyPart(Part):
    """A probe and what it does.

    `port`: the PPK2's serial port, or the Joulescope's serial number where several are attached.
    `voltage_mv`: what the PPK2 supplies (mode "source"), or what supplies the board through it
    (mode "ampere"). `channel`: the probe's digital input at the marker pin; `pin`: that pin's
    Arduino number where it is not the board's usual one. Measured are `windows` windows of at
    least `seconds` each.
    """

    probe: Literal["ppk2", "joulescope"]
    port: str = ""
    voltage_mv: int | None = Field(default=None, strict=True, ge=800, le=5000)
    mode: Literal["source", "ampere"] = "source"
    channel: int = Field(default=0, strict=True, ge=0, le=7)
    pin: int | None = Field(default=None, strict=True, ge=0, le=255)
    windows: int = Field(default=5, strict=True, ge=2, le=100)
    seconds: float = Field(default=1.0, gt=0, le=60)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.probe == "ppk2" and (not self.port or self.voltage_mv is None):
            raise ValueError("a ppk2 needs its port and voltage_mv, 800 to 5000")
        if self.probe == "joulescope" and self.channel > 3:
            raise ValueError("the JS220 has the digital inputs 0 to 3")
        return self
