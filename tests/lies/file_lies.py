"""Damaged and exchanged model files, between reference and device or before both."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from harness.codegen import read_model
from harness.errors import HarnessError
from harness.measure.accuracy import predictions
from harness.run.stages import stage_of
from harness.workload.workload import Workload
from tests.engine.mutations import mutated
from tests.lies.board import Answer, Held, honest, in_model
from tests.lies.study import DATA, FILES, TICKS, Models, Random, Study, prepared

HARMLESS = "harmless"  # a damage that alters no output: every figure is true
FileLie = Callable[[Models, Random, Path], str]


def weights(tflite: bytes) -> list[tuple[int, int]]:
    """Return place and size in bytes of each constant of at least 16 bytes in a model file."""
    places = []
    for tensor in read_model(tflite).tensors:
        raw = b"" if tensor.data is None else tensor.data.tobytes()
        if len(raw) >= 16 and tflite.count(raw) == 1:
            places.append((tflite.index(raw), len(raw)))
    return places


def flipped(tflite: bytes, rng: Random, bits: int, least: int = 16) -> bytes:
    """Return the file with some bits of its weights of at least so many bytes flipped."""
    damaged = bytearray(tflite)
    places = [place for place in weights(tflite) if place[1] >= least]
    for _ in range(bits):
        start, size = places[int(rng.integers(len(places)))]
        damaged[start + int(rng.integers(size))] ^= 1 << int(rng.integers(8))
    return bytes(damaged)


def original(_: Models) -> bytes:
    """Return the original's file."""
    return (DATA / FILES["original"]).read_bytes()


def on_device(models: Models, tflite: bytes, folder: Path, *, says_its_sum: bool) -> str:
    """Return how a board was met that holds another file than the original's.

    With `says_its_sum` its model table has the checksum of the file that it holds.
    """
    other = prepared("original", tflite, models.samples, models.cache)
    honest_one = models.workloads["original"]
    if not says_its_sum and (other.reference == honest_one.reference).all():
        return HARMLESS
    held = replace(Held.of(honest_one, TICKS["original"]), outputs=other.reference)
    altered: Answer = honest
    if says_its_sum:
        sums = {honest_one.compiled.crc32: other.compiled.crc32}
        altered = in_model(lambda info: replace(info, crc32=sums.get(info.crc32, info.crc32)))
    study = Study(models.workloads, models.labels, {"original": held}, altered=altered)
    return study.run(folder).met(("original",))


def bits_sent(models: Models, rng: Random, folder: Path) -> str:
    damaged = flipped(original(models), rng, int(rng.integers(1, 20)))
    return on_device(models, damaged, folder, says_its_sum=True)


def bits_in_flash(models: Models, rng: Random, folder: Path) -> str:
    damaged = flipped(original(models), rng, int(rng.integers(1, 60)))
    return on_device(models, damaged, folder, says_its_sum=False)


def other_version(models: Models, rng: Random, folder: Path) -> str:
    other = (DATA / FILES["magnitude"]).read_bytes()
    return on_device(models, other, folder, says_its_sum=bool(rng.integers(2)))


def buffers_swapped(models: Models, rng: Random, folder: Path) -> str:
    """Exchange two stretches of weights of the same length in the device's file."""
    tflite = original(models)
    damaged = bytearray(tflite)
    start, size = max(weights(tflite), key=lambda place: place[1])
    length = int(rng.integers(16, size // 2))
    first, second = damaged[start : start + length], damaged[start + size - length : start + size]
    damaged[start : start + length], damaged[start + size - length : start + size] = second, first
    return on_device(models, bytes(damaged), folder, says_its_sum=bool(rng.integers(2)))


def truncated(models: Models, rng: Random, folder: Path) -> str:
    tflite = original(models)
    return before_both(models, tflite[: int(rng.integers(0, len(tflite)))], folder)


def damaged_anywhere(models: Models, rng: Random, folder: Path) -> str:
    return before_both(models, mutated(original(models), rng), folder)


def damaged_weights(models: Models, rng: Random, folder: Path) -> str:
    return before_both(models, flipped(original(models), rng, 4000, least=1000), folder)


def before_both(models: Models, tflite: bytes, folder: Path) -> str:
    """Return how a file was met that was damaged after its conversion, before reference and device.

    Where it still runs its figures are true of it; the Keras model tells that it is another one.
    """
    keras = predictions(models.workloads["original"].reference)
    try:
        found = prepared("original", tflite, models.samples, models.cache)
    except HarnessError as error:
        return stage_of(error).status
    except MemoryError:
        return "refused"
    if (predictions(found.reference) == keras).mean() >= 0.8:
        return HARMLESS
    workloads = models.workloads | {"original": found}
    study = Study(workloads, models.labels, keras={"original": keras})
    return study.run(folder).met(("original",))


def reference_order(models: Models, rng: Random, folder: Path) -> str:
    """The reference's answers are those to the samples in another order."""
    order = rng.permutation(len(models.labels))
    return wrong_reference(models, lambda outputs: outputs[order], folder)


def reference_damaged(models: Models, rng: Random, folder: Path) -> str:
    def change(outputs: np.ndarray) -> np.ndarray:
        raw = bytearray(outputs.tobytes())
        for _ in range(int(rng.integers(1, 100))):
            raw[int(rng.integers(len(raw)))] ^= 1 << int(rng.integers(8))
        return np.frombuffer(bytes(raw), outputs.dtype).reshape(outputs.shape)

    return wrong_reference(models, change, folder)


def wrong_reference(
    models: Models, change: Callable[[np.ndarray], np.ndarray], folder: Path
) -> str:
    """Return how wrong reference answers to the original were met; the board is honest."""
    true = models.workloads["original"]
    wrong: Workload = replace(true, reference=change(true.reference))
    if (wrong.reference == true.reference).all():
        return HARMLESS
    held = {"original": Held.of(true, TICKS["original"])}
    study = Study(models.workloads | {"original": wrong}, models.labels, held)
    return study.run(folder).met(("original",))


FILE_LIES: Mapping[str, FileLie] = {
    "bits flipped before the device": bits_sent,
    "bits flipped in the device's flash": bits_in_flash,
    "another version of the file": other_version,
    "weights swapped": buffers_swapped,
    "file truncated": truncated,
    "file damaged anywhere": damaged_anywhere,
    "weights damaged before both": damaged_weights,
    "reference of another order": reference_order,
    "reference damaged": reference_damaged,
}
