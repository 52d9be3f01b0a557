"""Differences of each authority from this engine, operator by operator.

    python benchmarks/exactness.py                        # prints the table; about 15 minutes
    python benchmarks/exactness.py --write                # harness/workload/exactness.toml and docs
    python benchmarks/exactness.py --operator RELU6 --models 20      # with --write: of this one

The engine runs on this computer, under sanitizers. Authorities that are not installed get a
temporary environment: two versions of one package cannot be in one. Seeded: the same models in
every run.
"""

from __future__ import annotations

import subprocess
import sys
import venv
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import numpy as np
import typer
from exactness_cases import in_order, models, operators
from exactness_text import DOCS, in_docs, markdown, to_toml

from harness.codegen import compile_model, read_model
from harness.errors import ReferenceFailed
from harness.workload.authority import AUTHORITIES, Authority
from harness.workload.exactness import TABLE, Exactness, load_table
from harness.workload.reference import Job, run_jobs
from tests.engine.agreement import random_inputs
from tests.engine.device import Device, build_objects, tensor_at

SAMPLES = 40  # inputs of each model
BATCH = 100  # models in one program


def engine_outputs(jobs: Sequence[Job], objects: list[Path], folder: Path) -> list[np.ndarray]:
    """The engine's outputs (SAMPLES, ...) of each job's inputs."""
    found = []
    for start in range(0, len(jobs), BATCH):
        batch = jobs[start : start + BATCH]
        compiled = [compile_model(job.tflite, f"m{i}") for i, job in enumerate(batch)]
        device = Device.build(compiled, objects, folder)
        arenas = iter(device.run([(i, x) for i, job in enumerate(batch) for x in job.inputs]))
        for job, model in zip(batch, compiled, strict=True):
            graph = read_model(job.tflite)
            outputs = [tensor_at(next(arenas), model, graph, graph.outputs[0]) for _ in job.inputs]
            found.append(np.concatenate(outputs))
    return found


def answers(authority: Authority, python: str, jobs: Sequence[Job]) -> list[np.ndarray | None]:
    """The authority's outputs of each job; None where it refuses the file or crashes."""
    try:
        return [result.outputs for result in run_jobs(jobs, authority, python=python)]
    except ReferenceFailed:
        if len(jobs) == 1:
            return [None]
        half = len(jobs) // 2
        return [
            *answers(authority, python, jobs[:half]),
            *answers(authority, python, jobs[half:]),
        ]


def compare(engine: Sequence[np.ndarray], answered: Sequence[np.ndarray | None]) -> Exactness:
    """Greatest difference and share of the output elements that differ."""
    steps = [
        np.abs(ours.astype(np.int64) - theirs.reshape(ours.shape).astype(np.int64)).ravel()
        for ours, theirs in zip(engine, answered, strict=True)
        if theirs is not None
    ]
    differences = np.concatenate(steps) if steps else np.zeros(1)
    share = float(f"{(differences > 0).mean():.3g}")
    return Exactness(int(differences.max()), share, len(steps), len(engine) - len(steps))


def environment(authority: Authority, folder: Path) -> str:
    """The Python of an environment that has the authority: this one, or a new one in `folder`."""
    if authority.version == authority.pinned:
        return sys.executable
    place = folder / authority.name
    venv.create(place, with_pip=True)
    python = str(place / "bin" / "python")
    package = f"{authority.package}=={authority.pinned}"
    subprocess.run([python, "-m", "pip", "install", "--quiet", package], check=True)
    return python


def main(
    operator: Annotated[list[str] | None, typer.Option(help="Only these operators.")] = None,
    count: Annotated[int, typer.Option("--models", help="Random models of each operator.")] = 80,
    write: Annotated[bool, typer.Option(help="Write the table and docs/exactness.md.")] = False,
) -> None:
    """Measure, print the table and write it where asked."""
    table: dict[tuple[str, str], Mapping[str, Exactness]] = {}
    with TemporaryDirectory(prefix="harness-exactness-") as name:
        folder = Path(name)
        pythons = {each: environment(each, folder) for each in AUTHORITIES}
        objects = build_objects(folder)
        for key in operators():
            if operator and key[0] not in operator:
                continue
            files = models(key, count)
            if not files:
                continue
            inputs: list[Any] = [random_inputs(data, SAMPLES, i) for i, data in enumerate(files)]
            jobs = [Job(data, x) for data, x in zip(files, inputs, strict=True)]
            engine = engine_outputs(jobs, objects, folder)
            table[key] = {
                each.name: compare(engine, answers(each, python, jobs))
                for each, python in pythons.items()
            }
            sys.stderr.write(f"{key}: {table[key]}\n")
    sys.stdout.write(markdown(table) + "\n")
    if write:
        kept = load_table() if operator else {}
        table = {key: {**kept, **table}[key] for key in in_order({*kept, *table})}
        TABLE.write_text(to_toml(table), encoding="utf-8")
        DOCS.write_text(in_docs(DOCS.read_text(encoding="utf-8"), table), encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
