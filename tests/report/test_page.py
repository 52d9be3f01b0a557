from dataclasses import replace

from harness.report.data import load_run
from harness.report.page import _provenance
from tests.report.synthetic import Made


def test_runs_with_pruned_variants_name_the_open_division(made: Made) -> None:
    data = load_run(made.store, made.run_id)
    assert data.pruned == ["magnitude", "neuron", "random"]
    assert _provenance(data)[-1] == ("MLPerf Tiny", "Open division: magnitude, neuron and random")


def test_other_runs_do_not(made: Made) -> None:
    data = load_run(made.store, made.run_id)
    original = [item for item in data.artifacts if item.method == "none"]
    files = [replace(item, method="file") for item in original]
    assert "MLPerf Tiny" not in dict(_provenance(replace(data, artifacts=original)))
    assert "MLPerf Tiny" not in dict(_provenance(replace(data, artifacts=files)))
