"""Lies of boards about time, themselves, and what they hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from harness.codegen.cores import CORES
from harness.link.messages import ModelInfo, RunResult
from harness.run.pace import ANY_SHARE, MOST_BESIDE_S, MOST_SHARE
from tests.lies.board import (
    BRACKET,
    Answer,
    in_bracket,
    in_hello,
    in_model,
    in_run,
    in_ticks,
)
from tests.lies.output_lies import OUTPUT_LIES
from tests.lies.study import BOTH, SPEC, TICKS, Lie, Models, Random, Study, about, log_uniform

HZ = SPEC.ticks_hz or 0
LEAST, MOST = min(TICKS.values()), max(TICKS.values())
# Beyond what a single run may differ from those back-to-back (docs/read-the-report.md).
TOO_LONG = MOST_SHARE + MOST_BESIDE_S * HZ / LEAST


def stands_still(_: Models, rng: Random) -> Answer:
    value = int(rng.integers(0, BRACKET + 1))
    return in_ticks(lambda _: value, window=bool(rng.integers(2)))


def constant(_: Models, rng: Random) -> Answer:
    value = int(LEAST * rng.uniform(0.001, 0.65))
    return in_ticks(lambda _: value)


def run_too_fast(_: Models, rng: Random) -> Answer:
    factor = log_uniform(rng, 1.2, 10_000)
    return in_ticks(lambda ticks: int(ticks / factor))


def run_too_slow(_: Models, rng: Random) -> Answer:
    factor = log_uniform(rng, 1.1 * TOO_LONG, 10_000)
    return in_ticks(lambda ticks: int(ticks * factor))


def counter_slow(_: Models, rng: Random) -> Answer:
    factor = log_uniform(rng, 1.25, 10_000)
    return in_ticks(lambda ticks: int(ticks / factor), window=True)


def counter_fast(_: Models, rng: Random) -> Answer:
    factor = log_uniform(rng, 1.1, 10_000)
    return in_ticks(lambda ticks: int(ticks * factor), window=True)


def wraps(_: Models, rng: Random) -> Answer:
    bits = int(rng.integers(8, 15))
    return in_ticks(lambda ticks: ticks % (1 << bits), window=bool(rng.integers(2)))


def negative(_: Models, rng: Random) -> Answer:
    bits = int(rng.choice([16, 24, 31, 32, 48, 63, 64]))
    return in_ticks(lambda ticks: (-ticks) % (1 << bits), window=bool(rng.integers(2)))


def stops_later(models: Models, rng: Random) -> Answer:
    first = int(rng.integers(1, len(models.labels)))
    value = int(LEAST * ANY_SHARE * rng.uniform(0, 0.9))

    def change(run: RunResult) -> RunResult:
        return replace(run, ticks=value) if run.sample >= first else run

    return in_run(change)


def counter_hz(_: Models, rng: Random) -> Answer:
    factor = log_uniform(rng, 1.02, 1000) ** rng.choice([-1, 1])
    return in_hello(counter_hz=min(int(HZ * factor), 2**32 - 1))


def counter_hz_zero(_: Models, rng: Random) -> Answer:
    return in_hello(counter_hz=int(rng.integers(0, 2)))


def clock_hz(_: Models, rng: Random) -> Answer:
    factor = log_uniform(rng, 1.02, 60) ** rng.choice([-1, 1])
    return in_hello(clock_hz=int(HZ * factor))


def core(_: Models, rng: Random) -> Answer:
    return in_hello(core=str(rng.choice(["", *(name for name in CORES if name != SPEC.core)])))


def arena(_: Models, rng: Random) -> Answer:
    return in_hello(arena=int(rng.integers(0, 2**32)))


def free_ram(_: Models, rng: Random) -> Answer:
    return in_hello(free_ram=int(rng.integers(2 * SPEC.ram_bytes + 1, 2**32 - 1)))


def build(_: Models, rng: Random) -> Answer:
    return in_hello(build_id=rng.bytes(8).hex())


def model_count(_: Models, rng: Random) -> Answer:
    return in_hello(models=int(rng.choice([0, 1, 3, 255])))


def bracket_high(_: Models, rng: Random) -> Answer:
    cost = int(rng.uniform(0.1, 1.0) * LEAST)
    return in_bracket(cost, cost + 2)


def bracket_order(_: Models, rng: Random) -> Answer:
    most = int(rng.integers(0, BRACKET))
    return in_bracket(most + 1 + int(rng.integers(0, 100)), most)


def crc(_: Models, rng: Random) -> Answer:
    bit = 1 << int(rng.integers(32))
    return in_model(lambda info: replace(info, crc32=info.crc32 ^ bit))


def sizes(_: Models, rng: Random) -> Answer:
    name = str(rng.choice(["input_bytes", "output_bytes", "arena_bytes"]))
    other = int(rng.integers(0, 2**16))

    def change(info: ModelInfo) -> ModelInfo:
        return replace(info, **{name: getattr(info, name) ^ (other | 1)})

    return in_model(change)


def table_swapped(models: Models, _: Random) -> Answer:
    sums = [models.workloads[name].compiled.crc32 for name in BOTH]
    return in_model(lambda info: replace(info, crc32=sums[1 - info.index]))


def index(_: Models, rng: Random) -> Answer:
    by = int(rng.integers(1, 255))
    return in_model(lambda info: replace(info, index=(info.index + by) % 256))


def echo(_: Models, rng: Random) -> Answer:
    name = str(rng.choice(["model", "flags", "sample"]))
    return in_run(lambda run: replace(run, **{name: getattr(run, name) ^ 1}))


def calls(_: Models, rng: Random) -> Answer:
    value = int(rng.integers(0, 3))
    return in_run(lambda run: replace(run, calls=value))


def calls_fall(_: Models, rng: Random) -> Answer:
    start = int(rng.integers(2**16, 2**32 - 1))
    return in_run(lambda run: replace(run, calls=start - run.calls))


def stack(_: Models, rng: Random) -> Answer:
    value = int(rng.choice([0, int(rng.integers(SPEC.ram_bytes + 1, 2**32 - 1))]))
    return in_run(lambda run: replace(run, stack=value) if run.flags else run)


def length(_: Models, rng: Random) -> Answer:
    by = int(rng.choice([-10, -5, -1, 1, 5]))

    def change(run: RunResult) -> RunResult:
        data = run.data[:by] if by < 0 else run.data + bytes(by)
        return replace(run, data=data, output_bytes=len(data))

    return in_run(change)


LIES: Mapping[str, Lie] = {
    "counter stands still": stands_still,
    "constant ticks": constant,
    "ticks of runs too few": run_too_fast,
    "ticks of runs too many": run_too_slow,
    "counter runs slow": counter_slow,
    "counter runs fast": counter_fast,
    "counter wraps": wraps,
    "negative ticks": negative,
    "counter stops later": stops_later,
    "counter frequency": counter_hz,
    "counter of 0 Hz": counter_hz_zero,
    "clock frequency": clock_hz,
    "core": core,
    "arena": arena,
    "free RAM": free_ram,
    "build": build,
    "number of models": model_count,
    "bracket too high": bracket_high,
    "bracket out of order": bracket_order,
    "model's CRC": crc,
    "model's sizes": sizes,
    "model table swapped": table_swapped,
    "model's index": index,
    "echo of RUN": echo,
    "calls constant": calls,
    "calls fall": calls_fall,
    "stack": stack,
    "output's length": length,
    **OUTPUT_LIES,
}
ABOUT_ONE = {  # lies that can be told of one of the models
    "constant ticks", "ticks of runs too few", "ticks of runs too many", "counter stops later",
    "calls fall", "constant outputs", "outputs of one value", "outputs of another sample",
    "class order", "outputs rotated", "outputs inverted", "noisy outputs", "some outputs wrong",
}  # fmt: skip
EXACT = {"outputs of another model": ("original",)}


def tell(kind: str, models: Models, rng: Random, folder: Path) -> str:
    """Return how a lie of this kind was met (see Outcome.met)."""
    lie, lying = LIES[kind](models, rng), EXACT.get(kind, BOTH)
    if kind in ABOUT_ONE and rng.integers(2):
        chosen = str(rng.choice(BOTH))
        lie, lying = about(chosen, lie), (chosen,)
    outcome = Study(models.workloads, models.labels, altered=lie).run(folder)
    return outcome.met(lying)
