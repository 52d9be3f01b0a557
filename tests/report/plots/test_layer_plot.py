from dataclasses import replace

import pytest

from harness.report.kernels import kernels_of
from harness.report.plots.layer_plot import layer_plot, zeros
from harness.report.verdict import TOLERANCE, verdicts
from harness.results.data import load_run
from harness.results.table import frame_of
from harness.store import CellFacts
from tests.report.synthetic import Made


def time_layers(made: Made, first: float = 300.0, step: float = -200.0) -> None:
    for cell in made.store.cells(made.run_id):
        timed = tuple(
            replace(layer, count=first + step * place)
            for place, layer in enumerate(cell.facts.layers)
        )
        made.store.put_cell(made.run_id, cell.key, facts=CellFacts(layers=timed))


def test_the_profile_names_the_slowest_layer_of_original_and_choice(made: Made) -> None:
    data = load_run(made.store, made.run_id)
    (verdict, _) = verdicts(data, frame_of(data), TOLERANCE)
    assert layer_plot(data, verdict) is None  # no layer was timed
    time_layers(made)
    data = load_run(made.store, made.run_id)
    plot = layer_plot(data, verdict)
    assert plot is not None
    assert (plot.name, plot.group) == ("layers-qemu-m4", "layers of qemu-m4")
    assert plot.alt == (
        "Latency and MACs of each layer on qemu-m4. original int8: 400 instructions, of which 75 % "
        "in layer 0 CONV_2D; neuron int8: 400 instructions, of which 75 % in layer 0 CONV_2D."
    )
    assert ">latency, instructions</text>" in plot.svg
    assert "80 % zeros" in plot.svg
    table = kernels_of(data)[0].table
    layers = table.texts
    assert [(head.title, head.unit) for head in table.heads[5:7]] == [
        ("Latency", "instructions"),
        ("Share", ""),
    ]
    assert [layer[0] for layer in layers] == ["0 CONV_2D", "1 FULLY_CONNECTED"]
    assert [layer[2:7] for layer in layers] == [
        ["5,184", "5,184", "0", "300", "75%"],
        ["4,000", "800", "80", "100", "25%"],
    ]


def test_layers_too_short_for_the_clock_have_neither_latency_nor_share(made: Made) -> None:
    time_layers(made, first=0.0, step=0.0)
    table = kernels_of(load_run(made.store, made.run_id))[0].table
    titles = [head.title for head in table.heads]
    assert titles == ["Layer", "Kernel", "MACs", "Non-zero", "Zeros", "Why this kernel"]


@pytest.mark.parametrize(("macs", "kept", "share"), [(100, 25, 0.75), (100, 100, 0.0)])
def test_zeros_are_a_fraction_of_the_macs(macs: int, kept: int, share: float) -> None:
    assert zeros(macs, kept) == share
    assert zeros(0, 0) is None
