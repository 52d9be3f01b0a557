"""One small plan trained for real, once; everything about variants is asserted on it."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import threading
import tomllib
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock

from harness.codegen import read_model
from harness.codegen.weights import count_weights
from harness.durable import seal
from harness.errors import DataError, InputError, TrainingError
from harness.plan.plan import Plan, parse_plan
from harness.variants.build import build_variants
from harness.variants.built import Built
from harness.variants.cache import VariantCache
from harness.variants.progress import Progress

ROOT = Path(__file__).parents[2]
ENTRY = """
import numpy as np
from harness.data.dataset import Dataset, Split
from models import digits_cnn

def dataset():
    {body}

build = digits_cnn.build
"""


def small_plan(entry: str = "models.digits_cnn", **variant: object) -> Plan:
    data = tomllib.loads((ROOT / "plans" / "digits.toml").read_text(encoding="utf-8"))
    data["model"] = {"entry": entry, "epochs": 4}
    data["trust"] = entry == "entry_of_test"
    data["variant"][1] |= {"epochs": 3, "frequency": 5} | variant
    return parse_plan(data, "small")


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def told() -> list[Progress]:
    return []


@pytest.fixture(scope="module")
def built(cache: Path, told: list[Progress]) -> Built:
    return build_variants(small_plan(), cache_dir=cache, on_progress=told.append, workers=2)


def kernels(path: Path) -> list[np.ndarray]:
    graph = read_model(path.read_bytes())
    weighted = ("CONV_2D", "FULLY_CONNECTED")
    found = [graph.tensors[op.inputs[1]].data for op in graph.operators if op.kind in weighted]
    return [array for array in found if array is not None]


def test_sparsity_is_exact_to_one_weight_in_every_layer(built: Built) -> None:
    magnitude = built.variants[1]
    sizes = {"conv": 72, "hidden": 7200, "digit": 1000}
    for layer, size in sizes.items():
        assert abs(magnitude.layer_sparsity[layer] * size - 0.8 * size) < 1
    assert magnitude.sparsity_target == 0.8
    assert magnitude.parameters == 72 + 8 + 7200 + 100 + 1000 + 10


@pytest.mark.parametrize("dtype", ["float32", "int8"])
def test_the_mask_survives_fine_tuning_and_conversion(built: Built, dtype: str) -> None:
    magnitude = built.variants[1]
    for array, size in zip(kernels(magnitude.files[dtype]), (72, 7200, 1000), strict=True):
        assert array.size == size
        assert int((array == 0).sum()) >= int(0.8 * size)


def test_the_original_is_dense(built: Built) -> None:
    original, magnitude = built.variants
    assert original.sparsity < 0.01
    assert sha(original.files["float32"]) != sha(magnitude.files["float32"])
    counted = count_weights(read_model(original.files["float32"].read_bytes()))
    assert counted.parameters == original.parameters
    assert counted.sparsity < 0.01


def sha(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_same_bytes_from_one_process_and_the_original_untouched_by_what_came_before(
    built: Built, tmp_path: Path
) -> None:
    plan = small_plan()
    turned = plan.model_copy(update={"variants": plan.variants[::-1]})
    again = build_variants(turned, cache_dir=tmp_path, on_progress=lambda _: None, workers=1)
    for first, second in zip(built.variants, again.variants[::-1], strict=True):
        assert first.name == second.name
        for dtype in ("float32", "int8"):
            assert sha(first.files[dtype]) == sha(second.files[dtype])


def test_predictions_are_of_the_test_split(built: Built) -> None:
    for variant in built.variants:
        assert variant.keras_predictions.shape == (360,)
        accuracy = (variant.keras_predictions == built.test_y).mean()
        assert variant.keras_score == pytest.approx(accuracy)
    assert built.variants[0].keras_score > 0.5


def test_progress_is_told_by_stage_and_epoch(built: Built, told: list[Progress]) -> None:
    assert not built.from_cache
    assert [step.epoch for step in told if step.stage == "train"] == [1, 2, 3, 4]
    assert [step.epoch for step in told if step.stage == "prune"] == [1, 2, 3]
    assert told[0] == Progress("base model", "start")
    done = [step for step in told if step.stage == "done"]
    assert done[:2] == [Progress("untrained model", "done"), Progress("base model", "done")]
    assert {step.variant for step in done[2:]} == {"original", "magnitude_80"}
    assert told[-1] in done


def test_the_epoch_whose_weights_were_kept_has_the_least_loss(built: Built) -> None:
    original, magnitude = built.variants
    losses = original.history["val_loss"]
    assert original.kept_epochs == [losses.index(min(losses)) + 1]
    (kept,) = magnitude.kept_epochs
    assert 1 <= kept <= len(magnitude.history["val_loss"]) == 3


def test_asked_and_measured_sparsity_stand_side_by_side_for_each_layer(built: Built) -> None:
    original, magnitude = built.variants
    assert magnitude.layer_parameters == {"conv": 72, "hidden": 7200, "digit": 1000}
    assert magnitude.layer_targets == dict.fromkeys(magnitude.layer_parameters, 0.8)
    assert original.layer_targets == dict.fromkeys(magnitude.layer_parameters, None)


def test_ctrl_c_ends_the_processes_and_leaves_nothing_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = write_entry(tmp_path, monkeypatch, "import time; time.sleep(60)")
    threading.Timer(1.5, os.kill, (os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        build_variants(small_plan(entry), cache_dir=tmp_path, on_progress=lambda _: None, workers=2)
    lines = [command_line(folder) for folder in Path("/proc").glob("[0-9]*")]
    assert not [line for line in lines if b"variants.worker" in line and bytes(tmp_path) in line]
    assert not list((tmp_path / "variants").glob("*.partial"))


def command_line(process: Path) -> bytes:
    try:
        return (process / "cmdline").read_bytes()
    except OSError:  # it ended since it was listed
        return b""


@pytest.fixture(scope="module")
def seeded(built: Built, cache: Path) -> tuple[Built, list[Progress]]:
    told: list[Progress] = []
    assert built.variants
    return build_variants(two_seeds(), cache_dir=cache, on_progress=told.append), told


def two_seeds() -> Plan:
    return small_plan().model_copy(update={"seeds": 2})


def test_a_second_seed_trains_anew_and_leaves_the_files_as_they_were(
    built: Built, seeded: tuple[Built, list[Progress]]
) -> None:
    both, told = seeded
    assert {step.seed for step in told[1:]} == {43}
    assert not [step for step in told if step.stage.startswith("convert")]
    assert both.variants[0].files == built.variants[0].files
    for single, double in zip(built.variants, both.variants, strict=True):
        assert single.seed_scores == {42: single.keras_score}
        assert list(double.seed_scores) == [42, 43]
        assert double.seed_scores[42] == double.keras_score == single.keras_score
        assert np.array_equal(double.keras_predictions, single.keras_predictions)


def test_the_second_seed_is_what_a_plan_with_that_seed_trains(
    seeded: tuple[Built, list[Progress]], cache: Path
) -> None:
    plan = small_plan().model_copy(update={"seed": 43})
    told: list[Progress] = []
    alone = build_variants(plan, cache_dir=cache, on_progress=told.append, dtypes=())
    assert alone.from_cache
    assert told == []
    for one, both in zip(alone.variants, seeded[0].variants, strict=True):
        assert one.keras_score == both.seed_scores[43]


@pytest.mark.usefixtures("seeded")
def test_a_warm_cache_needs_no_tensorflow(built: Built, cache: Path) -> None:
    code = f"""
import sys
from pathlib import Path
sys.path.insert(0, {str(Path(__file__).parent)!r})
from test_build import two_seeds
from harness.variants.build import build_variants
built = build_variants(two_seeds(), cache_dir=Path({str(cache)!r}), on_progress=print)
print(built.from_cache, "tensorflow" in sys.modules, "sklearn" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.split() == ["True", "False", "False"]
    assert built.variants[0].name == "original"


@pytest.mark.parametrize(
    ("body", "kind", "message"),
    [
        (
            "return digits_cnn.dataset().nothing",
            TrainingError,
            r"exit code 1: AttributeError.*; log: .*\.log$",
        ),
        (
            "import os; print('half a line', end='', flush=True); os.kill(os.getpid(), 9)",
            TrainingError,
            r"ended with signal SIGKILL: half a line; log: .*\.log$",
        ),
        (
            "x = np.full((9, 8, 8, 1), np.nan, np.float32); s = Split(x, np.zeros(9, int)); "
            "return Dataset('toy', s, s, s, classes=10)",
            DataError,
            "9 samples hold NaN",
        ),
    ],
    ids=["exception", "killed", "bad data"],
)
def test_what_fails_in_the_worker_comes_back_typed(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    body: str,
    kind: type[Exception],
    message: str,
) -> None:
    name = write_entry(tmp_path, monkeypatch, body)
    with pytest.raises(kind, match=message):
        build_variants(small_plan(name), cache_dir=tmp_path / "cache", on_progress=print)


def write_entry(folder: Path, monkeypatch: pytest.MonkeyPatch, body: str) -> str:
    (folder / "entry_of_test.py").write_text(ENTRY.format(body=body))
    monkeypatch.syspath_prepend(folder)
    return "entry_of_test"


def test_other_samples_from_the_same_source_are_refused(built: Built, cache: Path) -> None:
    split = VariantCache(cache, small_plan()).test_split
    kept = (split / "facts.json").read_text()
    assert built.dataset_digest in kept
    (split / "facts.json").write_text(kept.replace(built.dataset_digest, "0" * 64))
    seal(split, split.name)
    try:
        with pytest.raises(DataError, match="gives other samples than those the cached variants"):
            build_variants(small_plan(final_sparsity=0.7), cache_dir=cache, on_progress=print)
    finally:
        (split / "facts.json").write_text(kept)
        seal(split, split.name)


def test_a_second_run_says_that_it_waits_for_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = small_plan(write_entry(tmp_path, monkeypatch, "return 3"))
    lock = VariantCache(tmp_path, plan).lock
    lock.parent.mkdir()
    first = FileLock(lock)
    told: list[str] = []

    def end_first_run(progress: Progress) -> None:
        told.append(progress.stage)
        first.release()

    with pytest.raises(InputError, match=r"dataset\(\) returned int"), first:
        build_variants(plan, cache_dir=tmp_path, on_progress=end_first_run)
    assert told == ["waiting for another run that trains it", "start"]


def test_an_error_of_one_variant_keeps_the_others(built: Built, cache: Path) -> None:
    plan = small_plan(end_step=5000)
    with pytest.raises(TrainingError, match=r"end_step 5000 lies behind the last of 102 steps"):
        build_variants(plan, cache_dir=cache, on_progress=print)
    original, magnitude = (VariantCache(cache, plan).variant(method) for method in plan.variants)
    assert (original / "facts.json").exists()
    assert built.variants[0].files["int8"].exists()
    assert not magnitude.exists()
