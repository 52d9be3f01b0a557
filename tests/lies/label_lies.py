"""Labels of others, reordered or missing, and samples that are scaled wrongly."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from harness.data.dataset import Dataset, Split
from harness.data.splitting import dataset_of
from harness.errors import DataError
from harness.results.data import SEEN
from tests.lies.study import (
    BOTH,
    CLASSES,
    DATA,
    FILES,
    REFUSED,
    WARNED,
    Models,
    Random,
    Study,
    prepared,
)

LabelLie = Callable[[Models, Random, Path], str]


def labelled(models: Models, labels: np.ndarray, folder: Path) -> str:
    """Return how a run with these labels (N,) was met: its verdict must not advise."""
    outcome = Study(models.workloads, labels.astype(np.int64)).run(folder)
    if outcome.advised and any("nothing is known of" in line for line in outcome.verdict.support):
        return WARNED
    return outcome.met(())


def moved(rng: Random, count: int) -> np.ndarray:
    """Return an order of the classes in which `count` of them have another place."""
    order = np.arange(CLASSES)
    chosen = rng.permutation(CLASSES)[:count]
    order[chosen] = np.roll(chosen, 1)
    return order


def permuted(models: Models, rng: Random, folder: Path) -> str:
    return labelled(models, moved(rng, int(rng.integers(2, CLASSES + 1)))[models.labels], folder)


def two_exchanged(models: Models, rng: Random, folder: Path) -> str:
    return labelled(models, moved(rng, 2)[models.labels], folder)


def reversed_(models: Models, _: Random, folder: Path) -> str:
    return labelled(models, CLASSES - 1 - models.labels, folder)


def shifted(models: Models, rng: Random, folder: Path) -> str:
    by = int(rng.integers(1, len(models.labels)))
    return labelled(models, np.roll(models.labels, by), folder)


def backwards(models: Models, _: Random, folder: Path) -> str:
    return labelled(models, models.labels[::-1], folder)


def shuffled(models: Models, rng: Random, folder: Path) -> str:
    return labelled(models, rng.permutation(models.labels), folder)


def constant(models: Models, rng: Random, folder: Path) -> str:
    return labelled(models, np.full_like(models.labels, int(rng.integers(CLASSES))), folder)


def from_one(models: Models, rng: Random, folder: Path) -> str:
    labels = models.labels + 1
    return labelled(models, labels % CLASSES if rng.integers(2) else labels, folder)


def other_split(models: Models, rng: Random, folder: Path) -> str:
    with np.load(DATA / "digits_test.npz") as file:
        others = file["y"][len(models.labels) :]
    return labelled(models, rng.choice(others, len(models.labels)), folder)


def at_random(models: Models, rng: Random, folder: Path) -> str:
    return labelled(models, rng.integers(0, CLASSES, len(models.labels)), folder)


def merged(models: Models, rng: Random, folder: Path) -> str:
    """All samples of a class are labelled as another one."""
    gone, taken = rng.permutation(CLASSES)[:2]
    return labelled(models, np.where(models.labels == gone, taken, models.labels), folder)


def class_missing(models: Models, rng: Random, folder: Path) -> str:
    """No sample of a class is left; the other labels are right."""
    kept = models.labels != int(rng.integers(CLASSES))
    workloads = {
        name: replace(each, inputs=each.inputs[kept], reference=each.reference[kept])
        for name, each in models.workloads.items()
    }
    return labelled(replace(models, workloads=workloads), models.labels[kept], folder)


def no_labels(models: Models, rng: Random, folder: Path) -> str:
    """Labels that are none are refused where a data set is made."""
    folder.mkdir(exist_ok=True)
    y = models.labels.astype(np.float64)
    y[int(rng.integers(len(y)))] = rng.choice([np.nan, np.inf, -1, 0.5])
    part = (models.samples, models.labels)
    try:
        dataset_of("lies", "classification", part, part, (models.samples, y))
    except DataError:
        return REFUSED
    return "passed"


def seen_in_training(models: Models, rng: Random, folder: Path) -> str:
    """Some or all test samples are among those of training."""
    x, y = models.samples, models.labels
    count = len(y) * int(rng.integers(1, 11)) // 10
    train = Split(np.concatenate([x[:count], 2 - x]), np.concatenate([y[:count], y]))
    data = Dataset("lies", train, Split(2 - x, y), Split(x, y), classes=CLASSES)
    assert data.seen == count / len(y)
    outcome = Study(models.workloads, y, provenance={SEEN: data.seen}).run(folder)
    if outcome.advised and any("are training samples" in line for line in outcome.verdict.support):
        return WARNED
    return outcome.met(())


def scaled(models: Models, change: Callable[[np.ndarray], np.ndarray], folder: Path) -> str:
    """Return how samples that were scaled otherwise than in training were met."""
    x = change(models.samples).astype(np.float32)
    workloads = {
        name: prepared(name, (DATA / FILES[name]).read_bytes(), x, models.cache) for name in BOTH
    }
    outcome = Study(workloads, models.labels).run(folder)
    return WARNED if all(outcome.warnings) else outcome.met(())


def pixels_of_255(models: Models, rng: Random, folder: Path) -> str:
    factor = float(rng.choice([16, 255, 65535]))
    return scaled(models, lambda x: x * factor, folder)


def pixels_too_small(models: Models, rng: Random, folder: Path) -> str:
    factor = float(rng.choice([255, 65535])) * rng.uniform(0.9, 1)
    return scaled(models, lambda x: x / factor, folder)


def pixels_shifted(models: Models, rng: Random, folder: Path) -> str:
    by = float(rng.uniform(0.3, 1)) * rng.choice([-1, 1])
    return scaled(models, lambda x: x + by, folder)


def pixels_of_minus_1(models: Models, _: Random, folder: Path) -> str:
    return scaled(models, lambda x: 2 * x - 1, folder)


def pixels_inverted(models: Models, _: Random, folder: Path) -> str:
    return scaled(models, lambda x: 1 - x, folder)


LABEL_LIES: Mapping[str, LabelLie] = {
    "labels permuted": permuted,
    "two labels exchanged": two_exchanged,
    "labels reversed": reversed_,
    "labels shifted": shifted,
    "labels backwards": backwards,
    "labels shuffled": shuffled,
    "labels constant": constant,
    "labels from 1": from_one,
    "labels of another split": other_split,
    "labels at random": at_random,
    "class labelled as another": merged,
    "class missing": class_missing,
    "labels that are none": no_labels,
    "test samples in training": seen_in_training,
    "pixels too large": pixels_of_255,
    "pixels too small": pixels_too_small,
    "pixels shifted": pixels_shifted,
    "pixels from -1": pixels_of_minus_1,
    "pixels inverted": pixels_inverted,
}
