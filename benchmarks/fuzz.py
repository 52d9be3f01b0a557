"""Random networks on real firmware, bit by bit against TensorFlow Lite; damaged files for codegen.

    python benchmarks/fuzz.py --networks 2000 --target host --target qemu-m4 --target simavr-mega
    python benchmarks/fuzz.py --damaged-files 20000

Network number k is the same on every machine; a failure names it, and `--seed k --networks 1`
repeats it. One network in five has many channels, one in ten float32 ends; another one in five is a
model around one int8 operator, recurrent ones and rare ones included.
"""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from harness.boards.catalogue import TargetSpec, check_targets, load_catalogue
from harness.boards.doctor import require_tools
from harness.codegen import CompiledModel, compile_model
from harness.errors import (
    DoesNotFit,
    HarnessError,
    InputError,
    LinkError,
    ModelError,
    TargetError,
)
from harness.firmware.builder import FirmwareBuilder
from harness.project import Project
from harness.targets.process import ProcessTarget
from harness.workload.reference import Job, run_jobs
from tests.engine.agreement import FLOAT_TOLERANCE, check_agreement, random_inputs
from tests.engine.device import build_objects
from tests.engine.mutations import memory_limit, mutated, ran_out_of_memory
from tests.engine.networks import Network, build, numbered
from tests.engine.op_models import BUILDERS, op_model

DATA = Path(__file__).resolve().parents[1] / "tests" / "data"
SANITIZED = "host, sanitized"
SAMPLES = 3
BATCH = 100  # networks that are drawn, answered by the reference and run at a time
FLASH_SHARE = 0.7  # of a target's flash for constants; the rest is for code
CODE_BYTES = 250  # what a model adds in calls, beside its constants
MEMORY_BYTES = 256 << 20
HANG_S = 10
OPERATORS = tuple(BUILDERS)


@dataclass(frozen=True)
class OneOperator:
    """A model around one int8 operator, see `tests.engine.op_models`."""

    kind: str
    seed: int


@dataclass(frozen=True, eq=False)
class Case:
    """A network as a file with inputs (SAMPLES, ...) and the reference's raw outputs."""

    network: Network | OneOperator
    tflite: bytes
    inputs: np.ndarray
    expected: np.ndarray


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
    if seed % 5 == 1:
        return OneOperator(OPERATORS[seed // 5 % len(OPERATORS)], seed)
    return numbered(seed, wide=seed % 5 == 0, float_ends=seed % 10 == 3)


def file_of(drawn: Network | OneOperator) -> bytes:
    """The network as a `.tflite` file."""
    if isinstance(drawn, OneOperator):
        return op_model(drawn.kind, "int8", drawn.seed)
    return build(drawn)


def draw(seeds: Sequence[int]) -> list[Case]:
    """The networks of those numbers with the reference's answers.

    A network that the reference interpreter does not survive has no answer and is left out.
    """
    networks = [network(seed) for seed in seeds]
    files = [file_of(each) for each in networks]
    inputs = [random_inputs(data, SAMPLES, seed) for data, seed in zip(files, seeds, strict=True)]
    answers = _answers([Job(data, x) for data, x in zip(files, inputs, strict=True)])
    return [
        Case(each, data, x, expected)
        for each, data, x, expected in zip(networks, files, inputs, answers, strict=True)
        if expected is not None
    ]


def _answers(jobs: Sequence[Job]) -> list[np.ndarray | None]:
    try:
        return [result.outputs for result in run_jobs(jobs)]
    except ModelError:
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
                    outputs.append(session.run(entry.index, sample).data)
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
        limit = FLOAT_TOLERANCE * max(1.0, float(np.abs(want).max()))
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


def fuzz_networks(
    count: int, first: int, targets: Sequence[str], console: Console
) -> dict[str, Tally]:
    """Networks number `first` to `first + count - 1` on all targets; says each failure at once."""
    specs = [load_catalogue()[name] for name in targets if name != SANITIZED]
    tallies = {name: Tally() for name in targets}
    unanswered = 0
    with TemporaryDirectory(prefix="harness-fuzz-") as folder:
        scratch = Scratch(Project.here().root, Path(folder))
        objects = build_objects(scratch.reports) if SANITIZED in targets else []
        for spec in specs:
            require_tools(spec, scratch.root)
        for start in range(first, first + count, BATCH):
            seeds = range(start, min(start + BATCH, first + count))
            cases = draw(seeds)
            unanswered += len(seeds) - len(cases)
            for spec in specs:
                known = set(tallies[spec.name].failed)
                run_on(spec, cases, scratch, tallies[spec.name])
                _tell_failures(spec.name, tallies[spec.name], known, console)
            if SANITIZED in targets:
                tally, began = tallies[SANITIZED], time.monotonic()
                known = set(tally.failed)
                for part in range(0, len(cases), 25):
                    run_sanitized(cases[part : part + 25], objects, scratch.reports, tally)
                tally.seconds += time.monotonic() - began
                _tell_failures(SANITIZED, tally, known, console)
            _tell_progress(seeds.stop - first, count, tallies, console)
    if unanswered:
        console.print(f"{unanswered} networks are left out: the reference interpreter crashed")
    return tallies


def fuzz_reader(count: int, first: int, console: Console) -> Tally:
    """Compile `count` damaged files: each has to compile or be refused with a ModelError in time.

    `agreed` counts both; `failed` holds everything else, by number.
    """
    golden = [path.read_bytes() for path in sorted(DATA.glob("*.tflite"))]
    tally, began = Tally(), time.monotonic()

    def hang(_: int, __: FrameType | None) -> None:
        raise TimeoutError(f"no end within {HANG_S} s")

    signal.signal(signal.SIGALRM, hang)
    for seed in range(first, first + count):
        rng = np.random.default_rng(seed)
        data = mutated(golden[int(rng.integers(len(golden)))], rng)
        signal.alarm(HANG_S)
        try:
            with memory_limit(MEMORY_BYTES):
                compile_model(data, "damaged")
            tally.agreed += 1
        except ModelError as error:
            if ran_out_of_memory(error):
                tally.failed[seed] = f"more than {MEMORY_BYTES:,} B of memory: {error}"
            else:
                tally.agreed += 1
        except Exception as error:
            tally.failed[seed] = repr(error)
        finally:
            signal.alarm(0)
    tally.seconds = time.monotonic() - began
    _tell_failures("damaged files", tally, set(), console)
    return tally


def _tell_failures(name: str, tally: Tally, known: set[int], console: Console) -> None:
    for seed in sorted(set(tally.failed) - known):
        console.print(f"{name}, seed {seed}: {tally.failed[seed]}", style="red", markup=False)


def _tell_progress(done: int, count: int, tallies: dict[str, Tally], console: Console) -> None:
    failures = sum(len(tally.failed) for tally in tallies.values())
    seconds = sum(tally.seconds for tally in tallies.values())
    console.print(f"{done:,} of {count:,} networks, {failures} failures, {seconds:.0f} s")


def _table(rows: dict[str, Tally]) -> Table:
    table = Table("where", box=None)
    for name in ("agreed", "too large", "failed", "seconds"):
        table.add_column(name, justify="right")
    for name, tally in rows.items():
        figures = (tally.agreed, tally.too_large, len(tally.failed), round(tally.seconds))
        table.add_row(name, *(f"{figure:,}" for figure in figures))
    return table


def main(
    networks: Annotated[int, typer.Option("--networks", min=0, help="How many networks.")] = 0,
    target: Annotated[
        list[str] | None, typer.Option("--target", help="Simulated target; may be repeated.")
    ] = None,
    sanitize: Annotated[
        bool, typer.Option("--sanitize", help="Also on this computer under ASan and UBSan.")
    ] = False,
    damaged_files: Annotated[
        int, typer.Option("--damaged-files", min=0, help="How many damaged files to compile.")
    ] = 0,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Number of the first one.")] = 0,
) -> None:
    """Fuzz the engine with NETWORKS on targets, and the reader with damaged files."""
    console = Console(highlight=False, soft_wrap=True)
    rows: dict[str, Tally] = {}
    try:
        where = [*(target or [])]
        check_targets(where)
        for name in where:
            if not load_catalogue()[name].simulated:
                raise InputError(f"{name} is a board", hint="networks run on simulated targets")
        where += [SANITIZED] if sanitize else []
        if not (networks and where) and not damaged_files:
            raise InputError("nothing to do", hint="--networks N --target T, or --damaged-files N")
        if networks:
            rows |= fuzz_networks(networks, seed, where, console)
        if damaged_files:
            rows["damaged files"] = fuzz_reader(damaged_files, seed, console)
    except HarnessError as error:
        Console(stderr=True).print(f"error: {error}", style="red", markup=False)
        sys.exit(error.exit_code)
    console.print(_table(rows))
    if any(tally.failed for tally in rows.values()):
        sys.exit(1)


if __name__ == "__main__":
    typer.run(main)
