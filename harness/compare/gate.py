"""The gate: what `harness compare` reads, judges and writes."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from harness.compare import baseline as files
from harness.compare.baseline import Baseline
from harness.compare.figures import of_run
from harness.compare.finding import Finding
from harness.compare.judge import judge
from harness.compare.latency import Boards
from harness.compare.outputs import github_annotations, junit, markdown
from harness.errors import InputError
from harness.plan.limits import Limits
from harness.store import Store

STORE_NAME = "results.sqlite"


@dataclass(frozen=True)
class Comparison:
    """A run judged against a baseline; `remarks` tell what times of boards can show."""

    baseline: Baseline
    current: Baseline
    findings: tuple[Finding, ...]
    remarks: tuple[str, ...] = ()

    @property
    def regressed(self) -> bool:
        """True where the gate closes."""
        return any(finding.verdict == "regression" for finding in self.findings)

    @property
    def moved(self) -> bool:
        """True where counts or sizes are worse with another compiler or simulator."""
        return any(finding.verdict == "moved" for finding in self.findings)

    @property
    def undecided(self) -> bool:
        """True where more runs are needed for a decision."""
        return any(finding.verdict == "repeat" for finding in self.findings)


def load(path: Path, run_id: int | None = None) -> tuple[Baseline, Limits]:
    """Figures and limits of a baseline file, a results store or a folder that holds one.

    `run_id` of the store: default the newest; a baseline file holds one run, and has no limits:
    the defaults.
    Raises InputError, StoreError.
    """
    store_path = path / STORE_NAME if path.is_dir() else path
    if store_path.suffix != Path(STORE_NAME).suffix:
        if run_id is not None:
            raise InputError(
                "only a store holds several runs", where=str(path), hint="leave --run away"
            )
        return files.read(path), Limits()
    with Store(store_path, create=False) as store:
        chosen = store.latest_run() if run_id is None else run_id
        if chosen is None:
            raise InputError(
                "the store holds no run yet", where=str(store_path), hint="harness run"
            )
        return of_run(store, chosen), limits_of(store.run(chosen).plan_text)


def limits_of(plan_text: str) -> Limits:
    """The plan's `[gate]`; runs without a plan (`harness bench`) get the defaults."""
    try:
        return Limits.model_validate(tomllib.loads(plan_text).get("gate", {}))
    except (tomllib.TOMLDecodeError, ValidationError):
        return Limits()


def compare(before: Baseline, current: Baseline, limits: Limits) -> Comparison:
    """Judge a run. Raises InputError where the two cannot be compared."""
    remarks = Boards.of(before, limits).remarks(before)
    if before.version == 1:
        remarks.append(
            "the baseline was written by an older harness: counts are compared by median and "
            "maximum only; --accept writes one with every sample"
        )
    return Comparison(before, current, tuple(judge(before, current, limits)), tuple(remarks))


def publish(
    found: Comparison, junit_path: Path | None, summary: Path | None, more: str = ""
) -> list[str]:
    """Write JUnit XML and the summary; returns GitHub's annotations where it runs the job.

    `more`: Markdown below the summary. In GitHub Actions the step summary is appended to without
    being asked. Raises InputError.
    """
    text = markdown(found.baseline, found.findings, found.remarks) + more
    try:
        if junit_path is not None:
            junit_path.write_text(junit(found.baseline, found.findings), encoding="utf-8")
        if summary is not None:
            summary.write_text(text, encoding="utf-8")
        step = os.environ.get("GITHUB_STEP_SUMMARY")
        if step:
            with Path(step).open("a", encoding="utf-8") as file:
                file.write(text)
    except OSError as error:
        raise InputError(
            f"cannot write: {error.strerror}", where=str(error.filename), hint="another path"
        ) from error
    return github_annotations(found.findings) if os.environ.get("GITHUB_ACTIONS") else []
