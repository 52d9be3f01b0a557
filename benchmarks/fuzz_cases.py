"""Random networks of benchmarks/fuzz.py: drawn by number, run on a target, judged bit by bit."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from harness.boards.catalogue import TargetSpec
from harness.codegen import CompiledModel, compile_model, read_model
from harness.errors import (
    DoesNotFit,
    HarnessError,
    LinkError,
    ModelError,
    ReferenceFailed,
    TargetError,
)
from harness.firmware.builder import FirmwareBuilder
from harness.project import Project
from harness.targets.process import ProcessTarget
from harness.workload.reference import Job, run_jobs
from tests.engine.agreement import (
    FLOAT_TOLERANCE,
    RECURRENT_TOLERANCE,
    check_agreement,
    random_inputs,
)
from tests.engine.networks import Network, build, numbered
from tests.engine.op_models import CASES, op_model

SAMPLES = 3
FLASH_SHARE = 0.7  # of a target's flash for constants; the rest is for code
CODE_BYTES = 250  # what a model adds in calls, beside its constants


@dataclass(frozen=True)
class OneOperator:
    """A model around one operator of one type, see `tests.engine.op_models`."""

    kind: str
    dtype: str
    seed: int


@dataclass(frozen=True, eq=False)
class Case:
    """A network as a file with inputs (SAMPLES, ...) and the reference's raw outputs.

    The inputs of a network with states are a sequence.
    """

    network: Network | OneOperator
    tflite: bytes
    inputs: np.ndarray
    expected: np.ndarray
    frames: int


@dataclass
class Tally:
    """Counts of one target: networks that agreed, that did not fit it, and failures by seed."""

    agreed: int = 0
    too_large: int = 0
    seconds: float = 0.0
    failed: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Scratch(Project):
    """A project whose builds and logs go with the temporary folder `reports`."""

    @property
    def builds(self) -> Path:
        """See Project.builds."""
        return self.reports / "builds"

    @property
    def logs(self) -> Path:
        """See Project.logs."""
        return self.reports / "logs"


def network(seed: int) -> Network | OneOperator:
    """Network number `seed` of this benchmark."""
    if seed % 5 in (1, 2):
        return OneOperator(*CASES[(seed // 5 * 2 + seed % 5 - 1) % len(CASES)], seed)
    return numbered(seed, wide=seed % 5 == 0, float_ends=seed % 10 == 3)


def file_of(drawn: Network | OneOperator) -> bytes:
    """The network as a `.tflite` file."""
    if isinstance(drawn, OneOperator):
        return op_model(drawn.kind, drawn.dtype, drawn.seed)
    return build(drawn)


def draw(seeds: Sequence[int]) -> list[Case]:
    """The networks of those numbers with the reference's answers.

    A network that the reference interpreter does not survive has no answer and is left out.
    """
    networks = [network(seed) for seed in seeds]
    files = [file_of(each) for each in networks]
    inputs = [random_inputs(data, SAMPLES, seed) for data, seed in zip(files, seeds, strict=True)]
    frames = [SAMPLES if read_model(data).states() else 1 for data in files]
    jobs = [Job(data, x, (), n) for data, x, n in zip(files, inputs, frames, strict=True)]
    return [
        Case(each, job.tflite, job.inputs, expected, job.frames)
        for each, job, expected in zip(networks, jobs, _answers(jobs), strict=True)
        if expected is not None
    ]


def _answers(jobs: Sequence[Job]) -> list[np.ndarray | None]:
    try:
        return [result.outputs for result in run_jobs(jobs)]
    except (ModelError, ReferenceFailed):
        if len(jobs) == 1:
            return [None]
        half = len(jobs) // 2
        return [*_answers(jobs[:half]), *_answers(jobs[half:])]


def run_on(spec: TargetSpec, cases: Sequence[Case], project: Scratch, tally: Tally) -> None:
    """Run the cases on a simulated target, as many an image as fit."""
    compiled = [
        (case, compile_model(case.tflite, f"network_{case.network.seed}", core=spec.core))
        for case in cases
    ]
    began = time.monotonic()
    for image in _images(spec, compiled):
        _run_image(spec, image, project, tally)
    tally.seconds += time.monotonic() - began


Pairs = Sequence[tuple[Case, CompiledModel]]


def _images(spec: TargetSpec, pairs: Pairs) -> Iterator[Pairs]:
    limit = FLASH_SHARE * (spec.near_flash_bytes or spec.flash_bytes)
    image: list[tuple[Case, CompiledModel]] = []
    used = 0
    for case, model in pairs:
        size = model.const_bytes + CODE_BYTES
        if image and used + size > limit:
            yield image
            image, used = [], 0
        image.append((case, model))
        used += size
    if image:
        yield image


def _run_image(spec: TargetSpec, pairs: Pairs, project: Scratch, tally: Tally) -> None:
    try:
        image = FirmwareBuilder(project).build(spec, [model for _, model in pairs])
    except HarnessError as error:
        if len(pairs) > 1:
            half = len(pairs) // 2
            _run_image(spec, pairs[:half], project, tally)
            _run_image(spec, pairs[half:], project, tally)
        elif isinstance(error, DoesNotFit):
            tally.too_large += 1
        else:
            tally.failed[pairs[0][0].network.seed] = f"build: {error}"
        return
    log = project.logs / f"{spec.name}-{image.build_id}.log"
    done = 0
    try:
        with ProcessTarget(spec, project.root).connect(image, log) as session:
            models = session.models(session.hello(within_s=5).models)
            for (case, _), entry in zip(pairs, models, strict=True):
                outputs = []
                for sample, x in enumerate(case.inputs):
                    session.send_sample(entry.encoding, sample, np.ascontiguousarray(x).tobytes())
                    keep = sample % case.frames > 0
                    outputs.append(session.run(entry.index, sample, keep=keep).data)
                _judge(case, outputs, tally)
                done += 1
    except (LinkError, TargetError) as error:
        tally.failed[pairs[done][0].network.seed] = f"run: {error}"
        if pairs[done + 1 :]:
            _run_image(spec, pairs[done + 1 :], project, tally)


def _judge(case: Case, outputs: Sequence[bytes], tally: Tally) -> None:
    want = case.expected
    got = np.frombuffer(b"".join(outputs), want.dtype).reshape(want.shape)
    if want.dtype == np.float32:
        tolerance = RECURRENT_TOLERANCE if case.frames > 1 else FLOAT_TOLERANCE
        limit = tolerance * max(1.0, float(np.abs(want).max()))
        wrong = int((~(np.abs(got - want) <= limit)).sum())
    else:
        wrong = int((got != want).sum())
    if wrong:
        tally.failed[case.network.seed] = f"{wrong} of {want.size} outputs differ: {case.network}"
    else:
        tally.agreed += 1


def run_sanitized(cases: Sequence[Case], objects: list[Path], folder: Path, tally: Tally) -> None:
    """Run the cases on this computer under the sanitizers and compare every tensor."""
    models = [(repr(case.network), case.tflite, case.inputs) for case in cases]
    try:
        check_agreement(models, objects, folder)
    except (AssertionError, HarnessError) as error:
        if len(cases) == 1:
            tally.failed[cases[0].network.seed] = str(error).strip().splitlines()[0]
            return
        half = len(cases) // 2
        run_sanitized(cases[:half], objects, folder, tally)
        run_sanitized(cases[half:], objects, folder, tally)
    else:
        tally.agreed += len(cases)
