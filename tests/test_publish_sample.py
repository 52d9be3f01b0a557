"""README's figures are those of the committed sample report, and nothing else."""

import importlib.util
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).parents[1]
spec = importlib.util.spec_from_file_location(
    "publish_sample", ROOT / "scripts" / "publish_sample.py"
)
assert spec is not None
assert spec.loader is not None
publish_sample = importlib.util.module_from_spec(spec)
spec.loader.exec_module(publish_sample)


def test_readme_shows_the_figures_of_the_sample_report() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    table = pd.read_csv(ROOT / "reports" / "sample" / "results.csv")
    assert publish_sample.with_figures(readme, table) == readme


def test_the_sample_report_is_exact_and_names_its_commit() -> None:
    table = pd.read_csv(ROOT / "reports" / "sample" / "results.csv")
    quantised = table[(table["dtype"] == "int8") & (table["status"] == "ok")]
    assert (quantised["parity_max_lsb"] == 0).all()
    assert (quantised["parity_argmax"] == 1).all()
    assert (quantised["samples"] == 360).all()
    page = (ROOT / "reports" / "sample" / "index.html").read_text(encoding="utf-8")
    assert "-dirty" not in page
