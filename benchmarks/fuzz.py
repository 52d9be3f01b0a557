"""Random networks on real firmware, bit by bit against TensorFlow Lite; damaged files for codegen.

    python benchmarks/fuzz.py --networks 2000 --target host --target qemu-m4 --target simavr-mega
    python benchmarks/fuzz.py --damaged-files 20000

Network number k is the same on every machine; a failure names it, and `--seed k --networks 1`
repeats it. One network in five has many channels, one in ten float32 ends; two in five are models
around one operator of int8, float32 or int16, recurrent and streaming ones, rare ones and graph
passes included. States last over a sequence of inputs.
"""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Annotated

import numpy as np
import typer
from fuzz_cases import Scratch, Tally, draw, run_on, run_sanitized
from rich.console import Console
from rich.table import Table

from harness.boards.catalogue import check_targets, load_catalogue
from harness.boards.doctor import require_tools
from harness.codegen import compile_model
from harness.errors import HarnessError, InputError, ModelError
from harness.project import Project
from tests.engine.device import build_objects
from tests.engine.mutations import memory_limit, mutated, ran_out_of_memory

DATA = Path(__file__).resolve().parents[1] / "tests" / "data"
SANITIZED = "host, sanitized"
BATCH = 100  # networks that are drawn, answered by the reference and run at a time
MEMORY_BYTES = 256 << 20
HANG_S = 10


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
