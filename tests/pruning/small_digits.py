"""A plan of variants of the digits classifier that trains in seconds, and readers of its files."""

from __future__ import annotations

import tomllib
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from harness.codegen import read_model
from harness.plan.plan import Plan, parse_plan
from harness.variants.built import Built, BuiltVariant

ROOT = Path(__file__).parents[2]
SIZES = {"conv": 72, "hidden": 7200, "digit": 1000}
EVERYWHERE = {"conv": 58, "hidden": 5760, "digit": 800}  # zeros at 80 %


def small_plan(variants: dict[str, dict[str, Any]], dtypes: tuple[str, ...] = ()) -> Plan:
    """The original comes last, so that whatever changed the base would show in it."""
    data = tomllib.loads((ROOT / "plans" / "methods.toml").read_text(encoding="utf-8"))
    data["model"] = {"entry": "models.digits_cnn", "epochs": 4}
    data["variant"] = [{"name": name, "method": name} | keys for name, keys in variants.items()]
    data["variant"].append({"name": "original", "method": "none"})
    data["matrix"]["dtypes"] = list(dtypes or ("float32",))
    return parse_plan(data, "small")


def variant(built: Built, name: str) -> BuiltVariant:
    return next(item for item in built.variants if item.name == name)


def kernels(path: Path) -> dict[str, np.ndarray]:
    graph = read_model(path.read_bytes())
    weighted = ("CONV_2D", "FULLY_CONNECTED")
    found = [graph.tensors[op.inputs[1]].data for op in graph.operators if op.kind in weighted]
    return {name: array for name, array in zip(SIZES, found, strict=True) if array is not None}


def file_zeros(built: Built, name: str, dtype: str) -> dict[str, int]:
    arrays = kernels(variant(built, name).files[dtype])
    assert {layer: array.size for layer, array in arrays.items()} == SIZES
    return {layer: int((array == 0).sum()) for layer, array in arrays.items()}


def in_blocks(weights: np.ndarray) -> np.ndarray:
    """Non-zeros of each block along the runs of a TFLite kernel (outputs, …, inputs)."""
    taps = int(np.prod(weights.shape[-2:])) if weights.ndim == 4 else weights.shape[-1]
    runs = weights.reshape(-1, taps)
    filled = np.pad(runs, ((0, 0), (0, -taps % 4)))
    return np.count_nonzero(filled.reshape(-1, 4), axis=1)


def weights(folder: Path) -> list[np.ndarray]:
    """Those of the layers, without the optimizer's and the metrics'."""
    found: list[np.ndarray] = []
    with zipfile.ZipFile(folder / "model.keras") as archive:
        content = archive.read("model.weights.h5")
    with h5py.File(BytesIO(content)) as file:
        for name in sorted(set(file) - {"optimizer", "metrics"}):
            file[name].visititems(
                lambda _, item: found.append(item[()]) if hasattr(item, "dtype") else None
            )
    return found
