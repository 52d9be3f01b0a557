"""Which driver a plan's part stands for, and whose package has to be there."""

from __future__ import annotations

import pytest

from harness.energy import probes
from harness.energy.joulescope import Joulescope
from harness.energy.ppk2 import Ppk2
from harness.errors import ToolMissing
from harness.plan.energy import EnergyPart

KIT = EnergyPart(probe="ppk2", port="/dev/kit", voltage_mv=1800)
SCOPE = EnergyPart(probe="joulescope", port="002557")


def test_the_driver_of_each_probe() -> None:
    kit, scope = probes.make_probe(KIT), probes.make_probe(SCOPE)
    assert isinstance(kit, Ppk2)
    assert kit.title == "PPK2, 100 kS/s, 1.8 V"
    assert isinstance(scope, Joulescope)


def test_a_board_without_a_probe_has_none() -> None:
    with probes.powered(None) as probe:
        assert probe is None


def test_a_missing_package_is_told_for_the_targets_that_are_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(probes, "find_spec", lambda name: None if name == "ppk2_api" else object())
    parts = {"uno": KIT, "esp32dev": SCOPE}
    probes.require_packages(parts, ["esp32dev"])
    with pytest.raises(ToolMissing, match=r"energy.uno: .*ppk2_api.*tinyml-harness\[ppk2\]"):
        probes.require_packages(parts, ["uno", "esp32dev"])
