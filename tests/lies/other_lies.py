"""Lies of boards that need runs of their own: layers, simulators, float outputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
import serial

from harness.boards.catalogue import load_catalogue
from harness.errors import ImplausibleFigure
from harness.link.messages import Request, RunResult
from harness.link.session import Session
from harness.run.layers import measure_layers
from harness.workload.reference import run_reference_tensors
from tests.lies.board import Answer, Board, Held, in_outputs, in_ticks, run_payload
from tests.lies.file_lies import FileLie
from tests.lies.study import (
    BOTH,
    DATA,
    PASSED,
    QUICK,
    SPEC,
    TICKS,
    TOLD,
    Models,
    Random,
    Study,
    about,
    log_uniform,
    prepared,
)

SIMULATOR = load_catalogue()["qemu-m4"]


def layers(models: Models, altered: Answer) -> str:
    """Return how a lie was met by a board whose model is cut behind each layer."""
    workload = models.workloads["original"]
    _, stages = workload.compiled.layered()
    tensors = run_reference_tensors(workload.tflite, workload.inputs[0])
    held = []
    for number, stage in enumerate(stages, start=1):
        kept = workload.compiled.graph.kept.get(stage.tensor)
        output = tensors[stage.tensor]
        output = output if kept is None else output[..., list(kept)]
        ticks = TICKS["original"] * number // len(stages)
        held.append(Held(workload, ticks, output.reshape(1, -1)))
    board = Board(SPEC, held, altered)
    session = Session(cast(serial.Serial, board), name=SPEC.name, timing=QUICK)
    whole = TICKS["original"] / (SPEC.ticks_hz or 1) * 1e6
    try:
        measure_layers(session, SPEC, workload, whole)
    except ImplausibleFigure:
        return TOLD
    return PASSED


def of_layer(index: int, factor: float) -> Answer:
    """Return a middleman who alters the ticks of one cut model."""

    def altered(kind: Request, asked: bytes, answer: bytes) -> bytes:
        if kind is not Request.RUN or asked[0] != index:
            return answer
        run = RunResult.parse(answer)
        return run_payload(replace(run, ticks=int(run.ticks * factor)))

    return altered


def layer_shrinks(models: Models, rng: Random, folder: Path) -> str:
    folder.mkdir(exist_ok=True)
    stages = len(models.workloads["original"].compiled.layered()[1])
    return layers(models, of_layer(int(rng.integers(1, stages)), rng.uniform(0.01, 0.4)))


def layers_do_not_add_up(models: Models, rng: Random, folder: Path) -> str:
    folder.mkdir(exist_ok=True)
    factor = log_uniform(rng, 1.4, 1000) ** rng.choice([-1, 1])
    return layers(models, in_ticks(lambda ticks: int(ticks * factor)))


def simulated(models: Models, altered: Answer, folder: Path) -> str:
    """Return how a lie of a simulator about single runs was met."""
    workloads = {name: each.for_core(SIMULATOR.core) for name, each in models.workloads.items()}
    study = Study(workloads, models.labels, altered=altered, spec=SIMULATOR)
    return study.run(folder).met(BOTH)


def simulator_fast(models: Models, rng: Random, folder: Path) -> str:
    factor = log_uniform(rng, 1.25, 10_000)
    return simulated(models, in_ticks(lambda ticks: int(ticks / factor)), folder)


def simulator_slow(models: Models, rng: Random, folder: Path) -> str:
    factor = log_uniform(rng, 2.5, 10_000)
    return simulated(models, in_ticks(lambda ticks: int(ticks * factor)), folder)


def floats(models: Models, change: Callable[[np.ndarray, int], np.ndarray], folder: Path) -> str:
    """Return how a lie about the outputs of a float32 original was met."""
    tflite = (DATA / "digits_float32.tflite").read_bytes()
    original = prepared("original", tflite, models.samples, models.cache, "float32")
    workloads = {"original": original, "magnitude": models.workloads["magnitude"]}
    held = {"magnitude": Held.of(workloads["magnitude"], TICKS["magnitude"], encoding=1)}
    altered = about("original", in_outputs(change, original.reference))
    study = Study(workloads, models.labels, held, altered=altered)
    return study.run(folder).met(("original",))


def not_numbers(models: Models, rng: Random, folder: Path) -> str:
    value, share = rng.choice([np.nan, np.inf, -np.inf]), rng.choice([0.02, 0.3, 1])
    wrong = rng.random(len(models.labels)) < share
    wrong[int(rng.integers(len(wrong)))] = True
    place = int(rng.integers(10))

    def change(output: np.ndarray, sample: int) -> np.ndarray:
        if wrong[sample]:
            output[place] = value
        return output

    return floats(models, change, folder)


def float_noise(models: Models, rng: Random, folder: Path) -> str:
    width = log_uniform(rng, 1e-4, 100)

    def change(output: np.ndarray, sample: int) -> np.ndarray:
        by: np.ndarray = np.random.default_rng(sample).uniform(-width, width, output.shape)
        return output + by

    return floats(models, change, folder)


OTHER_LIES: Mapping[str, FileLie] = {
    "layer shrinks": layer_shrinks,
    "layers do not add up": layers_do_not_add_up,
    "simulator's runs too few": simulator_fast,
    "simulator's runs too many": simulator_slow,
    "outputs that are no numbers": not_numbers,
    "noisy float outputs": float_noise,
}
