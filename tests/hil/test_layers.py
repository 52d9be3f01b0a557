"""Layers measured one by one, on the real firmware in simulators."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from harness.codegen.calls import Call
from harness.codegen.constants import LayerConstants
from harness.codegen.passes import bands
from harness.errors import ModelError
from harness.project import Project
from harness.run.plan_run import measure_all
from harness.run.settings import RunSettings
from harness.store import CellRecord, Store
from harness.workload.workload import Workload, prepare
from tests.chosen_targets import COUNTING
from tests.engine.band_networks import BAND_NETWORKS, ROLLING_NETWORKS
from tests.engine.networks import Network, build

pytestmark = pytest.mark.hil
Make = Callable[[str, int], Workload]
Begin = Callable[[], tuple[Store, int]]


def cells(
    project: Project, begin: Begin, workload: Workload, targets: list[str]
) -> dict[str, CellRecord]:
    store, run_id = begin()
    measure_all(
        [workload],
        targets,
        project,
        store,
        run_id,
        RunSettings(layers=True),
        lambda _: None,
    )
    return {cell.key.target: cell for cell in store.cells(run_id)}


def test_layers_add_up_to_the_whole_model(project: Project, workload: Make, begin: Begin) -> None:
    found = cells(project, begin, workload("digits_int8", 1), COUNTING)
    for target in COUNTING:
        layers = found[target].facts.layers
        assert [layer.kind for layer in layers if layer.count is not None] == [
            "CONV_2D",  # the max pool in it
            "FULLY_CONNECTED",
            "FULLY_CONNECTED",
            "SOFTMAX",
        ]
        assert all(layer.max_lsb == 0 for layer in layers if layer.count is not None)
        whole = found[target].facts.latency_cold
        # the whole model may keep a register more or less across calls than the one cut behind it
        assert sum(layer.count or 0 for layer in layers) == pytest.approx(whole, abs=20)


def test_an_error_is_found_in_the_layer_that_makes_it(
    project: Project, workload: Make, begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Workload, "for_core", lambda self, *_: self)
    right = workload("digits_int8", 1)
    graph, calls, plan, core = right.compiled._source
    third = next(index for index, call in enumerate(calls) if "fc" in call.kernel)
    wrong = [*calls[:third], with_other_bias(calls[third]), *calls[third + 1 :]]
    compiled = replace(right.compiled, _source=(graph, tuple(wrong), plan, core)).renamed("wrong")
    found = cells(project, begin, replace(right, codegen=compiled), ["qemu-m4"])["qemu-m4"]
    errors = [layer.max_lsb for layer in found.facts.layers]
    assert errors[:3] == [0, None, None]  # convolution with pool; reshape runs nothing
    assert errors[3] > 0


@pytest.mark.parametrize("network", [BAND_NETWORKS[0], ROLLING_NETWORKS[1]])
def test_layers_computed_by_bands_are_measured_as_one(
    network: Network,
    project: Project,
    begin: Begin,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bands, "_MACS_MIN", 1)  # bands of a row or two
    samples = np.random.default_rng(3).normal(size=(1, *network.shape)).astype(np.float32)
    made = prepare(
        variant="bands", dtype="int8", tflite=build(network), samples=samples, cache_dir=tmp_path
    )
    cell = cells(project, begin, made, ["qemu-m4"])["qemu-m4"]
    layers = cell.facts.layers
    assert {layer.max_lsb for layer in layers if layer.count is not None} == {0}
    by_bands = [layer for layer in layers if " + " in layer.kernel]
    assert len(by_bands) == 1
    assert (by_bands[0].count or 0) > 0
    assert sum(layer.count or 0 for layer in layers) == pytest.approx(
        cell.facts.latency_cold, abs=20
    )


def with_other_bias(call: Call) -> Call:
    assert isinstance(call.constants, LayerConstants)
    wrong = replace(call.constants, bias=call.constants.bias + np.int32(2000))
    return replace(call, constants=wrong)


def test_a_cell_stays_well_where_layers_cannot_be_measured(
    project: Project, workload: Make, begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise ModelError("the interpreter crashed")

    monkeypatch.setattr("harness.run.layers.run_reference_tensors", refuse)
    cell = cells(project, begin, workload("digits_int8", 1), ["qemu-m4"])["qemu-m4"]
    assert (cell.status, cell.facts.layers_reason) == ("ok", "the interpreter crashed")
    assert cell.facts.layers[0].kernel == "engine_conv_max_pool_s8"
