import shutil
from pathlib import Path

import pytest

from harness.plan.plan import Plan, load_plan
from harness.variants import cache as cache_module
from harness.variants.cache import VariantCache

DIGITS = Path(__file__).parents[2] / "plans" / "digits.toml"


def changed(**model: object) -> Plan:
    plan = load_plan(DIGITS)
    return plan.model_copy(update={"model": plan.model.model_copy(update=model)})


def test_keys_depend_on_what_decides_the_weights(tmp_path: Path) -> None:
    plan = load_plan(DIGITS)
    cache = VariantCache(tmp_path, plan)
    original, magnitude = plan.variants
    places = {
        cache.test_split,
        cache.base_model(),
        *(cache.variant(method) for method in plan.variants),
        *(cache.file(method, dtype) for method in plan.variants for dtype in ("float32", "int8")),
    }
    assert len(places) == 8
    renamed = magnitude.model_copy(update={"name": "other"})
    assert cache.variant(renamed) == cache.variant(magnitude)
    sparser = magnitude.model_copy(update={"final_sparsity": 0.9})
    assert cache.variant(sparser) != cache.variant(magnitude)
    for other in (changed(epochs=3), plan.model_copy(update={"seed": 7})):
        assert VariantCache(tmp_path, other).variant(original) != cache.variant(original)


def test_targets_do_not_decide_the_weights(tmp_path: Path) -> None:
    plan = load_plan(DIGITS)
    narrow = plan.narrowed(["host"], {})
    method = plan.variants[1]
    assert VariantCache(tmp_path, narrow).variant(method) == VariantCache(tmp_path, plan).variant(
        method
    )


def test_every_module_that_trains_counts_a_new_method_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = tmp_path / "harness"
    shutil.copytree(cache_module.ROOT, code)
    monkeypatch.setattr(cache_module, "ROOT", code)

    def key() -> Path:
        return VariantCache(tmp_path, load_plan(DIGITS)).base_model()

    keys = [key()]
    for name, counts in (
        ("variants/build.py", False),
        ("training/trainer.py", True),
        ("pruning/random.py", True),
        ("variants/worker.py", True),
    ):
        with (code / name).open("a") as module:
            module.write("A = 1\n")
        keys.append(key())
        assert (keys[-1] != keys[-2]) == counts
