"""Lies of boards about outputs: of other samples or models, constant, reordered or noisy."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from tests.lies.board import Answer, in_outputs
from tests.lies.study import Lie, Models, Random, about


def like(models: Models) -> np.ndarray:
    """Return the reference outputs (N, 10) of the original."""
    outputs = models.workloads["original"].reference
    return outputs.reshape(len(outputs), -1)


def same_output(models: Models, rng: Random) -> Answer:
    fixed = like(models)[int(rng.integers(len(models.labels)))]
    return in_outputs(lambda _, __: fixed, like(models))


def zeros(models: Models, rng: Random) -> Answer:
    value = int(rng.choice([-128, 0, 127]))
    return in_outputs(lambda output, _: np.full_like(output, value), like(models))


def shifted(models: Models, rng: Random) -> Answer:
    by, held = int(rng.integers(1, 20)), like(models)
    return in_outputs(lambda _, sample: held[(sample - by) % len(held)], held)


def other_model(models: Models, _: Random) -> Answer:
    other = models.workloads["magnitude"].reference.reshape(len(models.labels), -1)
    return about("original", in_outputs(lambda _, sample: other[sample], other))


def class_order(models: Models, rng: Random) -> Answer:
    order = rng.permutation(10)
    while (order == np.arange(10)).all():
        order = rng.permutation(10)
    return in_outputs(lambda output, _: output[order], like(models))


def rotated(models: Models, rng: Random) -> Answer:
    by = int(rng.integers(1, 10))
    return in_outputs(lambda output, _: np.roll(output, by), like(models))


def inverted(models: Models, _: Random) -> Answer:
    return in_outputs(lambda output, _: ~output, like(models))


def few_steps_off(models: Models, rng: Random) -> Answer:
    sample, place = int(rng.integers(len(models.labels))), int(rng.integers(10))

    def change(output: np.ndarray, at: int) -> np.ndarray:
        if at == sample:
            output[place] += 1 if output[place] < 127 else -1
        return output

    return in_outputs(change, like(models))


def noise(models: Models, rng: Random) -> Answer:
    width, seed = int(rng.integers(1, 60)), int(rng.integers(2**31))

    def change(output: np.ndarray, at: int) -> np.ndarray:
        by = np.random.default_rng((seed, at)).integers(-width, width + 1, output.shape)
        return np.clip(output.astype(int) + by, -128, 127)

    return in_outputs(change, like(models))


def some_samples(models: Models, rng: Random) -> Answer:
    held, every = like(models), int(rng.integers(2, 12))

    def change(output: np.ndarray, at: int) -> np.ndarray:
        return output if at % every else np.roll(output, 1)

    return in_outputs(change, held)


OUTPUT_LIES: Mapping[str, Lie] = {
    "constant outputs": same_output,
    "outputs of one value": zeros,
    "outputs of another sample": shifted,
    "outputs of another model": other_model,
    "class order": class_order,
    "outputs rotated": rotated,
    "outputs inverted": inverted,
    "one step off once": few_steps_off,
    "noisy outputs": noise,
    "some outputs wrong": some_samples,
}
