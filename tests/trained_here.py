"""Training in the process of the tests, which has imported TensorFlow once.

Processes that train, and how errors come back, are what tests/variants/test_build.py is about.
Tests about what methods do need none of them, and each takes 4 s of processor time to start.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from harness.plan.plan import Plan
from harness.variants.jobs import Job, Schedule
from harness.variants.progress import Progress


def run_jobs_here(
    jobs: Sequence[Job],
    plan: Plan,
    root: Path,
    *,
    on_progress: Callable[[Progress], None],
    on_done: Callable[[Job], None] = lambda _: None,
    **_: object,
) -> None:
    """Do as harness.variants.pool.run_jobs, without any process."""
    from harness.variants.worker import Worker

    worker = Worker(plan, root, on_progress)
    schedule = Schedule(jobs)
    while not schedule.finished:
        job = schedule.take()
        assert job is not None, "with one job at a time, one can always be taken"
        worker.do(job)
        schedule.finish(job)
        on_done(job)


@contextmanager
def trained_here(keras: Any) -> Iterator[None]:
    """Have build_variants and check_plan train in this process; `keras` is that of the fixture."""
    assert keras is not None
    with pytest.MonkeyPatch.context() as patch:
        for user in ("build", "untrained"):
            patch.setattr(f"harness.variants.{user}.run_jobs", run_jobs_here)
        yield
