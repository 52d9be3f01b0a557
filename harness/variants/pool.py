"""The processes that train: one a core, each fed one job at a time; their lines become one stream.

TensorFlow runs with one thread in each, so results do not depend on how many there are.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from harness import children, errors
from harness.errors import HarnessError, TrainingError
from harness.plan.plan import Plan
from harness.variants.cache import VariantCache
from harness.variants.jobs import Job, Schedule
from harness.variants.progress import Progress

BYTES_EACH = 1 << 30  # TensorFlow takes 0.65 GB before it has trained anything
ENVIRONMENT = {
    "TF_USE_LEGACY_KERAS": "1",  # tfmot takes tf_keras models only
    "TF_CPP_MIN_LOG_LEVEL": "1",
    "TF_ENABLE_ONEDNN_OPTS": "0",  # its kernels differ between processors
    "CUDA_VISIBLE_DEVICES": "-1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}


def default_workers() -> int:
    """One a core that this process may use, fewer where the free memory is short."""
    free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return max(1, min(len(os.sched_getaffinity(0)), free // BYTES_EACH))


def run_jobs(
    jobs: Sequence[Job],
    plan: Plan,
    root: Path,
    *,
    workers: int,
    on_progress: Callable[[Progress], None],
    on_done: Callable[[Job], None] = lambda _: None,
    purpose: str = "",
) -> None:
    """Have the jobs done by `workers` processes at most.

    `on_progress`, and `on_done` after each job, are called in this thread. `purpose` keeps the logs
    apart from those of trainings.

    The first error, also one of the callbacks or Ctrl-C, ends all processes; what was finished
    before stays cached. Raises TrainingError, DataError or InputError.
    """
    schedule = Schedule(jobs)
    messages: queue.Queue[tuple[_Process, dict[str, Any] | None]] = queue.Queue()
    cache = VariantCache(root, plan)
    processes: list[_Process] = []
    try:
        processes.extend(
            _Process(plan, root, cache.log(number, purpose), messages)
            for number in range(min(workers, len(jobs)))
        )
        while not schedule.finished:
            for process in processes:
                if process.job is None and (job := schedule.take()) is not None:
                    process.give(job)
            process, message = messages.get()
            if message is None:
                raise process.ended()
            if "progress" in message:
                on_progress(Progress(**message["progress"]))
            elif "error" in message:
                raise process.typed(message["error"])
            else:
                job = process.taken()
                schedule.finish(job)
                on_done(job)
    finally:
        for process in processes:
            process.stop()
            cache.discard_partials(process.pid)


class _Process:
    """One training process; its messages go to `messages`, None at its end."""

    def __init__(
        self,
        plan: Plan,
        root: Path,
        log: Path,
        messages: queue.Queue[tuple[_Process, dict[str, Any] | None]],
    ) -> None:
        self.job: Job | None = None
        self._entry = plan.model.source
        self._log = log
        self._messages = messages
        path = os.pathsep.join(part for part in sys.path if part)
        with log.open("w", encoding="utf-8") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "harness.variants.worker", str(root)],
                env=os.environ | ENVIRONMENT | {"PYTHONPATH": path},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=output,
                text=True,
                start_new_session=True,  # a terminal's Ctrl-C reaches this process only
            )
        children.watch(self._process)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self._send(plan.model_dump_json(by_alias=True))

    @property
    def pid(self) -> int:
        """The process' number."""
        return self._process.pid

    def give(self, job: Job) -> None:
        """Start a job."""
        self.job = job
        self._send(json.dumps(asdict(job)))

    def taken(self) -> Job:
        """The job that has just been done; the process is free again."""
        job, self.job = self.job, None
        assert job is not None, "a process finished a job that it never got"
        return job

    def typed(self, failure: dict[str, str]) -> HarnessError:
        """The error that was raised in the process."""
        kind = getattr(errors, failure["type"], TrainingError)
        hint = failure["hint"]
        if kind is TrainingError:
            hint = f"{hint}; log: {self._log}" if hint else f"log: {self._log}"
        error: HarnessError = kind(failure["what"], where=failure["where"], hint=hint)
        return error

    def ended(self) -> TrainingError:
        """The error of a process that ended without being stopped."""
        code = self._process.wait()
        ended = f"exit code {code}" if code >= 0 else f"signal {signal.Signals(-code).name}"
        lines = self._log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return TrainingError(
            f"the training process ended with {ended}: {lines[-1] if lines else 'it said nothing'}",
            where=self._entry,
            hint=f"log: {self._log}",
        )

    def stop(self) -> None:
        """End the process, whatever it does; finished work is on the disk already."""
        children.end(self._process)
        self._reader.join()
        for pipe in (self._process.stdin, self._process.stdout):
            _close(pipe)

    def _send(self, line: str) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            return  # it has died, and its reader reports the exit code

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._messages.put((self, json.loads(line)))
        self._messages.put((self, None))


def _close(pipe: IO[str] | None) -> None:
    try:
        if pipe is not None:
            pipe.close()
    except BrokenPipeError:
        return  # what was still to be written to a process that is gone
