"""A synthetic run: two targets, two dtypes, an original and pruned variants, some cells undone."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from harness.boards.catalogue import load_catalogue
from harness.store import (
    Artifact,
    CellFacts,
    CellKey,
    LayerFacts,
    SampleRow,
    Stage,
    Store,
    TensorInfo,
)

CLASSES = 10
SAMPLES = 120
VARIANTS = {  # name: method, sparsity, mistakes, instructions on qemu-m4 in int8, parameters, flash
    "original": ("none", None, 4, 24_000, 2_530, 5_200),
    "magnitude": ("magnitude", 0.8, 5, 23_990, 2_530, 5_210),
    "neuron": ("neuron", 0.8, 4, 9_000, 620, 3_100),
    "random": ("random", 0.8, 12, 8_000, 2_530, 3_000),
}
TARGETS = ("qemu-m4", "host")
DTYPES = ("float32", "int8")
OFF = ("magnitude", "random")  # variants whose int8 outputs differ from the reference's


@dataclass
class Made:
    """What went into the store, for tests to compute their own figures from."""

    store: Store
    run_id: int
    labels: np.ndarray
    counts: dict[tuple[str, str, str], np.ndarray] = field(default_factory=dict)
    outputs: dict[tuple[str, str, str], np.ndarray] = field(default_factory=dict)
    artifacts: dict[tuple[str, str], Artifact] = field(default_factory=dict)


def scores(rng: np.random.Generator, said: np.ndarray, dtype: str) -> np.ndarray:
    """Outputs (N, CLASSES) whose greatest element is `said`."""
    real = rng.uniform(0, 0.05, (len(said), CLASSES))
    real[np.arange(len(said)), said] = rng.uniform(0.6, 0.9, len(said))
    if dtype == "int8":
        return np.round(real * 256 - 128).astype(np.int8)
    return real.astype(np.float32)


def artifact(variant: str, dtype: str, reference: np.ndarray, labels: np.ndarray) -> Artifact:
    method, target, _, _, parameters, flash = VARIANTS[variant]
    alive = parameters if target is None or method == "neuron" else round(parameters * 0.2)
    size = flash * (1 if dtype == "int8" else 3)
    said = reference.reshape(len(reference), -1).argmax(axis=1)
    int8 = dtype == "int8"
    accuracy = float((said == labels).mean())
    return Artifact(
        variant=variant,
        dtype=dtype,
        method=method,
        sparsity_target=target,
        sparsity=1 - alive / parameters,
        parameters=parameters,
        nonzero_parameters=alive,
        macs=parameters * 4,
        nonzero_macs=alive * 4,
        tflite_bytes=size + 1_500,
        gzip_bytes=round((size + 1_500) * (0.5 if alive < parameters else 0.8)),
        header_bytes=(size + 1_500) * 6,
        sha256=hashlib.sha256(f"{variant}{dtype}".encode()).hexdigest(),
        input=TensorInfo(dtype, (1, 8, 8, 1), 1 / 16 if int8 else None, -128 if int8 else None),
        output=TensorInfo(dtype, (1, CLASSES), 1 / 256 if int8 else None, -128 if int8 else None),
        keras_score=accuracy,
        keras_predictions=said,
        reference_outputs=reference,
        history={
            "loss": [1 / (epoch + 1) for epoch in range(12)],
            "accuracy": [0.99 - 0.5 * 0.6**epoch for epoch in range(12)],
            "val_loss": [1.1 / (epoch + 1) + 0.002 * epoch**2 for epoch in range(12)],
            "val_accuracy": [0.97 - 0.5 * 0.6**epoch - parameters / 1e6 for epoch in range(12)],
        },
        layer_targets={"conv": None, "hidden": target},
        layer_sparsity={"conv": 0.0, "hidden": 1 - alive / parameters},
        layer_parameters={"conv": 72, "hidden": 1_000},
        kept_epochs=[5, 9],
        seed_scores={"3": accuracy, "4": accuracy - 0.02, "5": accuracy + 0.01},
    )


def make_run(
    path: Path, *, samples: int = SAMPLES, variants: Sequence[str] = tuple(VARIANTS)
) -> Made:
    """All cells measured, but int8 random refused on qemu-m4 and float32 random failed on host.

    A copy of a store that is written once: some hundred transactions.
    """
    content, made = _written_once(samples, tuple(variants))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    copies = {name: dict(getattr(made, name)) for name in ("counts", "outputs", "artifacts")}
    return replace(made, store=Store(path), labels=made.labels.copy(), **copies)


@cache
def _written_once(samples: int, variants: tuple[str, ...]) -> tuple[bytes, Made]:
    """The store's file, and what is in it; the store is closed."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "results.sqlite"
        made = _write(path, samples, variants)
        made.store.close()
        return path.read_bytes(), made


def _write(path: Path, samples: int, variants: Sequence[str]) -> Made:
    rng = np.random.default_rng(7)
    labels = np.arange(samples) % CLASSES
    store = Store(path)
    run_id = store.begin_run(
        plan_name="digits",
        plan_text="[plan]\n",
        plan_digest="d1",
        provenance={"harness": "0.1.0", "commit": "abc123", "seed": 3, "command": "harness run"},
        labels=labels,
        classes=CLASSES,
    )
    made = Made(store, run_id, labels)
    for variant in variants:
        mistakes = VARIANTS[variant][2]
        wrong = rng.permutation(samples)[:mistakes]
        said = labels.copy()
        said[wrong] = (said[wrong] + 1) % CLASSES
        for dtype in DTYPES:
            reference = scores(rng, said, dtype)
            made.artifacts[variant, dtype] = artifact(variant, dtype, reference, labels)
            store.put_artifact(run_id, made.artifacts[variant, dtype])
    for target in TARGETS:
        for variant in variants:
            for dtype in DTYPES:
                put_cell(made, rng, variant, dtype, target)
    return made


def put_cell(made: Made, rng: np.random.Generator, variant: str, dtype: str, target: str) -> None:
    """One cell with its samples; the first sample is a cold call."""
    spec = load_catalogue()[target]
    title, kind, unit = spec.title, spec.timing_kind, spec.latency_unit
    _, _, _, cost, _, flash = VARIANTS[variant]
    key = CellKey(variant, dtype, "codegen", target)
    int8 = dtype == "int8"
    cell = made.store.put_cell(
        made.run_id,
        key,
        build_id=f"b-{target}",
        facts=CellFacts(
            target_title=title,
            core=spec.core,
            timing_kind=kind,
            latency_unit=unit,
            clock_hz=spec.clock_hz,
            flash_limit=4_194_304,
            ram_limit=4_194_304,
            arena_bytes=1_428 if int8 else 2_464,
            weights_bytes=flash - 400,
            layers=(
                LayerFacts(0, "CONV_2D", "conv_dense", macs=5_184, nonzero_macs=5_184),
                LayerFacts(1, "FULLY_CONNECTED", "fc_sparse", macs=4_000, nonzero_macs=800),
            ),
        ),
    )
    if (variant, dtype, target) == ("random", "int8", "qemu-m4"):
        reason = "the image needs 5,000,000 B of flash, 4,194,304 B there"
        made.store.fail_cell(cell, Stage.FIT, reason)
        return
    made.store.put_cell(
        made.run_id,
        key,
        facts=CellFacts(
            flash_bytes=flash * (1 if int8 else 3),
            ram_bytes=1_600,
            image_flash_bytes=flash + 9_000,
            sections={".text": flash - 100, ".bss": 1_600},
        ),
    )
    reference = made.artifacts[variant, dtype].reference_outputs
    outputs = reference.copy()
    if int8 and variant in OFF:
        outputs[3, 0] += 2  # two steps off on one sample, class unchanged
    elif not int8:
        outputs[5, 1] += np.float32(1e-6)
    counts = float(cost * (1 if int8 else 5)) + rng.integers(0, 40, len(outputs)).astype(float)
    if unit == "us":
        counts = counts / 1_000 * rng.uniform(1, 1.4, len(outputs))
    counts[0] *= 3
    failed = (variant, dtype, target) == ("random", "float32", "host")
    rows = [
        SampleRow(index, index + 1, counts[index], outputs[index].tobytes())
        for index in range(20 if failed else len(outputs))
    ]
    made.store.add_samples(cell, rows)
    if failed:
        reason = "no answer within 5 s; 20 of 120 samples measured"
        made.store.fail_cell(cell, Stage.MEASURE, reason)
        return
    made.counts[variant, dtype, target] = counts
    made.outputs[variant, dtype, target] = outputs
    made.store.finish_cell(
        cell,
        CellFacts(
            bracket=12.0,
            counter="cmsdk-timer" if kind == "instructions" else "clock_gettime",
            counter_hz=25_000_000,
            stack_bytes=312 if kind == "instructions" else None,
            retries=0,
        ),
    )
