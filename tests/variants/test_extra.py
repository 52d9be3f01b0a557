from __future__ import annotations

from importlib import metadata
from pathlib import Path

import pytest

from harness.errors import ToolMissing
from harness.plan.plan import load_plan, parse_plan
from harness.variants.cache import VariantCache
from harness.variants.extra import versions

ROOT = Path(__file__).parents[2]


@pytest.fixture
def only_base(monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation without the extra `train`."""
    installed = metadata.version

    def version(package: str) -> str:
        if package != "numpy":
            raise metadata.PackageNotFoundError(package)
        return installed(package)

    monkeypatch.setattr(metadata, "version", version)


@pytest.mark.usefixtures("only_base")
def test_a_plan_that_trains_names_the_extra(tmp_path: Path) -> None:
    with pytest.raises(ToolMissing, match="tensorflow, tf-keras") as caught:
        VariantCache(tmp_path, load_plan(ROOT / "plans" / "digits.toml"))
    assert "pip install 'tinyml-harness[train]'" in caught.value.hint
    assert caught.value.exit_code == 2
    assert caught.value.where == "models.digits_cnn"


@pytest.mark.usefixtures("only_base")
def test_a_model_file_needs_no_extra(tmp_path: Path) -> None:
    data = {
        "name": "bare",
        "model": {"file": str(ROOT / "tests" / "data" / "digits_int8.tflite")},
        "data": {"file": str(ROOT / "examples" / "digits-gate" / "samples.npz")},
        "variant": [{"name": "original", "method": "none"}],
        "matrix": {"dtypes": ["int8"], "targets": ["host"]},
    }
    plan = parse_plan(data, "bare")
    assert VariantCache(tmp_path, plan).test_split.parent == tmp_path / "variants"
    assert {package for package, version in versions().items() if version} == {"numpy"}
