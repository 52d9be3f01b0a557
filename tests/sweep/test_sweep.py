"""Sweeps over a cache that is filled by hand: what is asked for, and what comes of it."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.durable import seal
from harness.errors import InputError
from harness.plan.plan import Plan, parse_plan
from harness.pruning.l1 import L1
from harness.pruning.magnitude import Magnitude
from harness.pruning.method import Method
from harness.pruning.original import Original
from harness.sweep.sweep import parse_sparsities, run_sweep, sweepable
from harness.variants.cache import VariantCache

ROOT = Path(__file__).parents[2]
LEVELS = (0.5, 0.9)


def digits(**variant: object) -> Plan:
    data = tomllib.loads((ROOT / "plans" / "digits.toml").read_text(encoding="utf-8"))
    data["seeds"] = 2
    data["variant"][1] |= variant
    return parse_plan(data, "digits")


def fill(root: Path, plan: Plan, accuracy: list[tuple[Method, float]]) -> None:
    """What training would have left: a seed later is a percentage point better."""
    for offset, seed in enumerate(plan.all_seeds):
        cache = VariantCache(root, plan, seed)
        for method, value in accuracy:
            folder = cache.variant(method)
            folder.mkdir(parents=True)
            np.save(folder / "predictions.npy", np.zeros(4, int))
            asked = method.sparsity_target or 0.0
            facts = {
                "sparsity": asked,
                "layer_sparsity": {"conv": asked},
                "layer_parameters": {"conv": 72},
                "left_alone": [],
                "parameters": 80,
                "nonzero_parameters": round(80 * (1 - asked)),
                "keras_score": value + 0.01 * offset,
                "validation_score": value - 0.02,
                "history": {},
                "kept_epochs": [],
            }
            (folder / "facts.json").write_text(json.dumps(facts))
            seal(folder, folder.name)
    split = VariantCache(root, plan).test_split
    split.mkdir(parents=True)
    for name in ("test", "validation"):
        x, y = np.zeros((4, 8, 8, 1), np.float32), np.zeros(4, int)
        np.savez(split / f"{name}.npz", x=x, y=y)
    (split / "facts.json").write_text(
        json.dumps(
            {
                "name": "toy",
                "task": "classification",
                "classes": 2,
                "class_names": [],
                "digest": "d",
            }
        )
    )
    seal(split, split.name)


def original() -> Method:
    return Original(name="o", method="none")


def magnitude(plan: Plan, level: float) -> Method:
    return Magnitude.model_validate(
        plan.variants[1].model_dump(exclude_unset=True) | {"final_sparsity": level}
    )


def l1(level: float) -> Method:
    return L1(name="x", method="l1", sparsity=level)


def test_curves_hold_every_seed_the_plans_parameters_and_the_original_at_zero(
    tmp_path: Path,
) -> None:
    plan = digits(epochs=7, end_step=20)
    pruned = [(magnitude(plan, 0.5), 0.95), (magnitude(plan, 0.9), 0.8), (l1(0.5), 0.9)]
    fill(tmp_path, plan, [(original(), 0.96), *pruned, (l1(0.9), 0.5)])
    told: list[Any] = []
    found = run_sweep(
        plan, ["magnitude", "l1"], LEVELS, cache_dir=tmp_path, on_progress=told.append
    )
    assert told == []  # nothing was trained: these are the models that the plan's parameters make
    assert [curve.method for curve in found.curves] == ["magnitude", "l1"]
    first, second = found.curves
    assert [point.asked for point in first.points] == [0, 0.5, 0.9]
    assert first.points[1].scores == (0.95, pytest.approx(0.96))
    assert first.points[1].validation == pytest.approx((0.93, 0.93))
    assert first.points[2].nonzero_parameters == 8
    assert first.points[0] == second.points[0]
    assert second.points[2].score.mean == pytest.approx(0.505)
    assert (found.seeds, found.test_samples, found.dataset) == ((42, 43), 4, "toy")
    assert found.knees(0.01) == [
        "magnitude: knee 50 % of weights, 95.5 % correct (−1.0 ± 0.0 points)",  # noqa: RUF001
        "l1: knee none, only the original, 96.5 % correct",
    ]
    assert found.knees(0.2)[0].startswith(
        "magnitude: knee 90 % of weights or more, the edge of the range, 80.5 % correct"
    )


def test_a_warm_cache_needs_no_tensorflow(tmp_path: Path) -> None:
    plan = digits()
    fill(tmp_path / "cache", plan, [(original(), 0.96), (l1(0.5), 0.9)])
    code = f"""
import sys
from pathlib import Path
sys.path.insert(0, {str(Path(__file__).parent)!r})
from test_sweep import digits
from harness.project import Project
from harness.sweep.sweep import publish, run_sweep
root = Path({str(tmp_path)!r})
found = run_sweep(digits(), ["l1"], [0.5], cache_dir=root / "cache", on_progress=print)
print((publish(found, digits(), 0.01, Project(root, root / "reports")) / "sweep.csv").exists())
print("tensorflow" in sys.modules, "sklearn" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.split() == ["True", "False", "False"]


def test_every_method_but_the_original_and_chains_can_be_swept() -> None:
    assert {"magnitude", "random", "l1", "l2", "iterative", "gradient", "neuron"} <= set(
        sweepable()
    )
    assert not {"none", "chain"} & set(sweepable())


@pytest.mark.parametrize(
    ("texts", "levels"),
    [
        (["0:0.3:0.1"], (0, 0.1, 0.2, 0.3)),
        (["0:0.95:0.05"], tuple(round(0.05 * step, 4) for step in range(20))),
        (["0.8,0.5", " .9 "], (0.5, 0.8, 0.9)),
        (["0.1:0.35:0.1", "0.1"], (0.1, 0.2, 0.3)),
    ],
)
def test_sparsities_are_ranges_and_lists(texts: list[str], levels: tuple[float, ...]) -> None:
    assert parse_sparsities(texts) == levels


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1", "1 in '1' is out of range"),
        ("0:1.5:0.1", "1.5 in '0:1.5:0.1' is out of range"),
        ("-0.1", "-0.1 in '-0.1' is out of range"),
        ("80%", "'80%' is neither a sparsity nor first:last:step"),
        ("nan", "'nan' is neither"),
        ("", "'' is neither"),
        ("0:0.9", "'0:0.9' is neither"),
        ("0:0.9:1e999", "'0:0.9:1e999' is neither"),
        ("0:0.9:0", "the step has to be above 0"),
        ("0.9:0.1:0.1", "the last not below the first"),
        ("0:0.9:0.001", "more than 200 sparsities"),
    ],
)
def test_what_is_no_sparsity_is_told(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        parse_sparsities([text])


@pytest.mark.parametrize(
    ("method", "message"),
    [
        ("magnitde", r"no method 'magnitde' \(did you mean 'magnitude'\?\)"),
        ("chain", "'chain' has no sparsity that could be swept"),
        ("none", "'none' has no sparsity that could be swept"),
    ],
)
def test_a_method_that_cannot_be_swept_is_told(tmp_path: Path, method: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        run_sweep(digits(), [method], LEVELS, cache_dir=tmp_path, on_progress=print)


def test_a_sparsity_that_the_plans_variant_forbids_is_told(tmp_path: Path) -> None:
    plan = digits(initial_sparsity=0.6)
    with pytest.raises(
        InputError, match=r"initial_sparsity 0\.6 is above final_sparsity 0\.5"
    ) as told:
        run_sweep(plan, ["magnitude"], LEVELS, cache_dir=tmp_path, on_progress=print)
    assert told.value.where == "method magnitude, variant magnitude_80 of the plan"


def test_the_command_answers_bad_input_with_exit_code_2() -> None:
    command = [sys.executable, "-c", "from harness.cli import main; main()", "sweep"]
    done = subprocess.run(
        [*command, str(ROOT / "plans" / "digits.toml"), "--method", "l1", "--sparsity", "1.5"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 2
    assert "1.5 in '1.5' is out of range: a sparsity is at least 0 and below 1" in done.stderr
    assert "Traceback" not in done.stderr
