"""`[energy.TARGET]`: probes and the boards that they are wired to."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from harness.errors import PlanError
from harness.plan.plan import parse_plan

DIGITS = Path(__file__).parents[2] / "plans" / "digits.toml"
Data = dict[str, Any]


@pytest.fixture
def digits() -> Data:
    return tomllib.loads(DIGITS.read_text(encoding="utf-8"))


def problems(data: Data) -> list[str]:
    with pytest.raises(PlanError) as caught:
        parse_plan(data, "plan.toml")
    return caught.value.problems


def with_energy(digits: Data, target: str, **part: object) -> Data:
    return digits | {"energy": {target: part}}


def test_a_probe_is_wired_to_a_board(digits: Data) -> None:
    wired = with_energy(digits, "uno", probe="ppk2", port="/dev/ttyACM1", voltage_mv=5000)
    plan = parse_plan(wired, "plan.toml")
    part = plan.energy["uno"]
    assert (part.mode, part.channel, part.windows, part.seconds) == ("source", 0, 5, 1.0)
    assert plan.digest == parse_plan(digits, "plan.toml").digest


@pytest.mark.parametrize(
    ("target", "part", "problem"),
    [
        (
            "unno",
            {"probe": "joulescope"},
            "energy: there is no target 'unno' (did you mean 'uno'?)",
        ),
        (
            "uno",
            {"probe": "joulescope", "chanel": 1},
            "energy.uno.chanel: unknown key (did you mean 'channel'?)",
        ),
        ("uno", {"probe": "ppk"}, "energy.uno.probe: 'ppk' is not one of ppk2, joulescope"),
        (
            "uno",
            {"probe": "ppk2", "port": "/dev/ttyACM1"},
            "energy.uno: a ppk2 needs its port and voltage_mv, 800 to 5000",
        ),
        (
            "uno",
            {"probe": "ppk2", "port": "x", "voltage_mv": 3},
            "energy.uno.voltage_mv: 3 is out of range: it has to be at least 800",
        ),
        (
            "uno",
            {"probe": "joulescope", "channel": 4},
            "energy.uno: the JS220 has the digital inputs 0 to 3",
        ),
        (
            "qemu-m4",
            {"probe": "joulescope"},
            "energy.qemu-m4: a simulator has no pin for a probe; an estimate from the datasheet "
            "needs no table",
        ),
    ],
)
def test_a_probe_that_cannot_measure(digits: Data, target: str, part: Data, problem: str) -> None:
    found = problems(with_energy(digits, target, **part))
    assert len(found) == 1
    assert found[0].startswith(problem)
