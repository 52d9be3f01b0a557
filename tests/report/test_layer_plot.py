from typing import Any

import pytest

from harness.report.data import load_run
from harness.report.kernels import kernels_of
from harness.report.layer_plot import layer_plot, zeros
from harness.report.table import frame_of
from harness.report.verdict import TOLERANCE, verdicts
from tests.report.synthetic import Made


def time_layers(made: Made) -> None:
    for cell in made.store.cells(made.run_id):
        layers: list[dict[str, Any]] = cell.facts["layers"]
        timed = [layer | {"count": 300.0 - 200 * place} for place, layer in enumerate(layers)]
        made.store.put_cell(made.run_id, cell.key, facts={"layers": timed})


def test_the_profile_names_the_slowest_layer_of_original_and_choice(made: Made) -> None:
    data = load_run(made.store, made.run_id)
    (verdict, _) = verdicts(frame_of(data), {}, TOLERANCE, data.metric)
    assert layer_plot(data, verdict) is None  # no layer was timed
    time_layers(made)
    data = load_run(made.store, made.run_id)
    plot = layer_plot(data, verdict)
    assert plot is not None
    assert (plot.name, plot.group) == ("layers-qemu-m4", "layers of qemu-m4")
    assert plot.alt == (
        "Time and MACs of each layer on qemu-m4. original int8: 400 instructions, of which 75 % in "
        "layer 1 CONV_2D; neuron int8: 400 instructions, of which 75 % in layer 1 CONV_2D."
    )
    assert "80 % zeros" in plot.svg
    layers = kernels_of(data)[0].layers
    assert [layer[2:7] for layer in layers] == [
        ("5,184", "5,184", "0", "300", "75%"),
        ("4,000", "800", "80", "100", "25%"),
    ]


@pytest.mark.parametrize(("macs", "kept", "share"), [(100, 25, 0.75), (100, 100, 0.0)])
def test_zeros_are_a_fraction_of_the_macs(macs: int, kept: int, share: float) -> None:
    assert zeros(macs, kept) == share
    assert zeros(0, 0) is None
