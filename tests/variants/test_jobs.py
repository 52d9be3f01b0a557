"""Which jobs a plan needs, and in what order they are handed out; nothing is trained."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from harness.durable import sealed
from harness.plan.plan import Plan, load_plan
from harness.variants.cache import VariantCache
from harness.variants.jobs import Job, Schedule, missing_jobs

PLANS = Path(__file__).parents[2] / "plans"
DTYPES = ("float32", "int8")


def plan_of(name: str, seeds: int = 1) -> Plan:
    return load_plan(PLANS / f"{name}.toml").model_copy(update={"seeds": seeds})


def caches_of(plan: Plan, root: Path) -> dict[int, VariantCache]:
    return {seed: VariantCache(root, plan, seed) for seed in plan.all_seeds}


def jobs_of(plan: Plan, root: Path) -> list[Job]:
    return missing_jobs(plan, caches_of(plan, root), DTYPES)


def test_an_empty_cache_needs_everything_and_only_the_first_seed_is_converted(
    tmp_path: Path,
) -> None:
    assert jobs_of(plan_of("digits", seeds=2), tmp_path) == [
        Job("check", 42, dtypes=DTYPES),
        Job("data", 42),
        Job("base", 42),
        Job("base", 43),
        Job("variant", 42, "original", DTYPES, waits=True),
        Job("variant", 42, "magnitude_80", DTYPES, waits=True),
        Job("variant", 43, "original", (), waits=True),
        Job("variant", 43, "magnitude_80", (), waits=True),
    ]


def test_a_method_that_trains_from_scratch_waits_for_no_base_model(tmp_path: Path) -> None:
    jobs = jobs_of(plan_of("methods"), tmp_path)
    assert [job.variant for job in jobs if job.kind == "variant" and not job.waits] == [
        "during_training_80"
    ]


def test_more_seeds_train_the_new_ones_only(tmp_path: Path) -> None:
    plan = plan_of("digits")
    (cache,) = caches_of(plan, tmp_path).values()
    fill(plan, cache)
    assert jobs_of(plan, tmp_path) == []
    added = jobs_of(plan.model_copy(update={"seeds": 3}), tmp_path)
    assert {job.seed for job in added} == {43, 44}
    assert [job.kind for job in added] == ["base", "base", *["variant"] * 4]


def fill(plan: Plan, cache: VariantCache) -> None:
    folders = [cache.test_split, *(cache.variant(method) for method in plan.variants)]
    folders += [cache.file(method, dtype) for method in plan.variants for dtype in DTYPES]
    for folder in folders:
        with sealed(folder):
            pass


def test_a_file_that_is_missing_is_converted_without_training(tmp_path: Path) -> None:
    plan = plan_of("digits")
    cache = VariantCache(tmp_path, plan)
    fill(plan, cache)
    shutil.rmtree(cache.file(plan.variants[1], "int8"))
    assert jobs_of(plan, tmp_path) == [Job("variant", 42, "magnitude_80", ("int8",))]


def test_two_names_for_the_same_parameters_are_trained_once(tmp_path: Path) -> None:
    plan = plan_of("digits")
    twin = plan.variants[1].model_copy(update={"name": "twin"})
    doubled = plan.model_copy(update={"variants": (*plan.variants, twin)})
    assert jobs_of(doubled, tmp_path) == jobs_of(plan, tmp_path)


def test_the_check_comes_alone_and_once(tmp_path: Path) -> None:
    plan = plan_of("digits")
    jobs = jobs_of(plan, tmp_path)
    schedule = Schedule(jobs)
    assert [schedule.take(), schedule.take()] == [jobs[0], None]
    schedule.finish(jobs[0])
    assert schedule.take() == jobs[1]
    with sealed(VariantCache(tmp_path, plan).checked(plan.variants, DTYPES)):
        pass
    assert jobs_of(plan, tmp_path) == jobs[1:]


def test_variants_are_handed_out_once_the_base_of_their_seed_is_there() -> None:
    base, other = Job("base", 1), Job("base", 2)
    waiting = Job("variant", 1, "a", waits=True)
    free = Job("variant", 2, "b")
    schedule = Schedule([base, other, waiting, free])
    assert [schedule.take() for _ in range(4)] == [base, other, free, None]
    schedule.finish(other)
    assert schedule.take() is None
    schedule.finish(base)
    assert schedule.take() == waiting
    schedule.finish(free)
    assert not schedule.finished
    schedule.finish(waiting)
    assert schedule.finished


@pytest.mark.parametrize(
    ("seed", "seeds"), [(42, (42, 43, 44)), (2**32 - 2, (2**32 - 2, 2**32 - 1, 0))]
)
def test_seeds_count_up_from_the_plans(seed: int, seeds: tuple[int, ...]) -> None:
    plan = plan_of("digits").model_copy(update={"seed": seed, "seeds": 3})
    assert plan.all_seeds == seeds
