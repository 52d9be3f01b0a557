"""Training jobs of a plan, in pieces that separate processes can take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from harness.durable import intact
from harness.plan.plan import Plan
from harness.pruning.method import Method
from harness.variants.cache import VariantCache


@dataclass(frozen=True)
class Job:
    """One piece of work for one process.

    `kind`: `check` converts the untrained model to `dtypes`, before all other jobs; `data` writes
    test and validation split; `base` trains the base model with `seed`;
    `variant` makes `variant` with `seed` and converts it to `dtypes`. `waits`: only after the base
    of its seed.
    """

    kind: Literal["check", "data", "base", "variant"]
    seed: int
    variant: str = ""
    dtypes: tuple[str, ...] = ()
    waits: bool = False


def missing_jobs(
    plan: Plan, caches: Mapping[int, VariantCache], dtypes: Sequence[str]
) -> list[Job]:
    """All that the caches, by seed, lack of the plan; only the first seed is converted.

    What is needed by others comes first. A .tflite file needs no more than the test split.
    Variants of the same parameters are made once.
    """
    jobs: list[Job] = []
    if not intact(caches[plan.seed].test_split):
        jobs.append(Job("data", plan.seed))
    if plan.model.bare:
        return jobs
    made: set[Path] = set()
    variants: list[Job] = []
    for seed, cache in caches.items():
        for method in plan.variants:
            if cache.variant(method) in made:
                continue
            made.add(cache.variant(method))
            wanted = dtypes if seed == plan.seed else ()
            job = _variant_job(method, seed, cache, wanted)
            if job is not None:
                variants.append(job)
    waited = {job.seed for job in variants if job.waits}
    jobs += [Job("base", seed) for seed in caches if seed in waited]
    first = caches[plan.seed]
    trains = any(not intact(first.variant(method)) for method in plan.variants)
    if trains and not intact(first.checked(plan.variants, dtypes)):
        jobs.insert(0, Job("check", plan.seed, dtypes=tuple(dtypes)))
    return jobs + variants


def _variant_job(
    method: Method, seed: int, cache: VariantCache, dtypes: Sequence[str]
) -> Job | None:
    trained = intact(cache.variant(method))
    missing = tuple(dtype for dtype in dtypes if not intact(cache.file(method, dtype)))
    if trained and not missing:
        return None
    waits = not trained and not method.from_scratch and not intact(cache.base_model())
    return Job("variant", seed, method.name, missing, waits)


class Schedule:
    """Hands out jobs in order: the check before all others, variants after their seed's base."""

    def __init__(self, jobs: Sequence[Job]) -> None:
        self._open = list(jobs)
        self._bases = {job.seed for job in jobs if job.kind == "base"}
        self._check = any(job.kind == "check" for job in jobs)
        self._running = 0

    @property
    def finished(self) -> bool:
        """Nothing is left to do, and nothing is being done."""
        return not self._open and not self._running

    def take(self) -> Job | None:
        """The next job that can be started now."""
        for job in self._open:
            if self._check and job.kind != "check":
                return None
            if not (job.waits and job.seed in self._bases):
                self._open.remove(job)
                self._running += 1
                return job
        return None

    def finish(self, job: Job) -> None:
        """Note that a job taken is done."""
        self._running -= 1
        if job.kind == "check":
            self._check = False
        if job.kind == "base":
            self._bases.discard(job.seed)
