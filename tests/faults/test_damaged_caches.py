"""Every kind of cached file, damaged in every way: made anew with a line in the log, never used.

The long campaign, with real trainings, builds and simulators, is benchmarks/fault_caches.py.
"""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from benchmarks.fault_damage import DAMAGES
from harness.boards.catalogue import load_catalogue
from harness.durable import read_sealed, sealed, write_sealed
from harness.firmware.builder import FirmwareBuilder
from harness.firmware.footprint import Footprint
from harness.plan.plan import load_plan
from harness.project import Project
from harness.variants.cache import VariantCache
from harness.variants.jobs import missing_jobs
from harness.workload.workload import prepare

ROOT = Path(__file__).parents[2]
TARGET = load_catalogue()["qemu-m4"]
Use = Callable[[Path], object]
# As SCons does: an object that is there is taken as it is.
PIO = """#!/bin/sh
folder=$PLATFORMIO_WORKSPACE_DIR/build/qemu_m4
mkdir -p $folder
[ -e $folder/a.o ] || echo object > $folder/a.o
[ -e $folder/b.o ] || echo other object > $folder/b.o
cat $folder/a.o $folder/b.o > $folder/firmware.elf
"""


def variants(root: Path) -> object:
    """Folders of a plan's variants; what is missing is written again, as the worker does."""
    plan = load_plan(ROOT / "plans" / "digits.toml")
    cache, dtypes = VariantCache(root, plan), ("int8",)
    cache.discard_damaged(plan.variants, dtypes)
    folders = [cache.test_split, *(cache.variant(method) for method in plan.variants)]
    folders += [cache.file(method, "int8") for method in plan.variants]
    if missing_jobs(plan, {plan.seed: cache}, dtypes):
        for number, folder in enumerate(folders):
            if not folder.exists():
                with sealed(folder) as partial:
                    (partial / "model.tflite").write_bytes(b"model %d" % number)
                    (partial / "facts.json").write_text(json.dumps({"sparsity": number}))
    return [(folder / "model.tflite").read_bytes() for folder in folders]


def reference(root: Path) -> object:
    """Outputs of the reference interpreter to two sets of samples."""
    tflite = (ROOT / "tests" / "data" / "digits_int8.tflite").read_bytes()
    samples = np.linspace(0, 1, 128, dtype=np.float32).reshape(2, 8, 8, 1)
    return [
        prepare(variant="v", dtype="int8", tflite=tflite, samples=part, cache_dir=root)
        .reference.tobytes()
        for part in (samples[:1], samples)
    ]  # fmt: skip


def arena(root: Path) -> object:
    """A small sealed file, as the arenas of TensorFlow Lite Micro are."""
    found = []
    for name in ("one", "another"):
        kept = read_sealed(root / name)
        if kept is None:
            kept = json.dumps({"arena": len(name)}).encode()
            write_sealed(root / name, kept)
        found.append(json.loads(kept))
    return found


def images(root: Path) -> object:
    """Linked images, by a stand-in for PlatformIO."""
    return [_build(root, text).read_bytes() for text in ("a", "b")]


def objects(root: Path) -> object:
    """PlatformIO's objects: the images of before are gone, so that they are linked again."""
    shutil.rmtree(Project(root, root).builds / "images", ignore_errors=True)
    return _build(root, "a").read_bytes()


def _build(root: Path, text: str) -> Path:
    (root / "platformio.ini").touch()
    pio = root / ".tools" / "pio"
    if not pio.exists():
        pio.parent.mkdir()
        pio.write_text(PIO)
        pio.chmod(0o755)
    builder = FirmwareBuilder(Project(root, root))
    return builder.build_files(TARGET, lambda _: {"image.h": text}, ("m",)).elf


def _holds_something(path: Path) -> bool:
    return path.is_file() and path.stat().st_size > 0


KINDS: dict[str, tuple[Use, str]] = {
    "variants": (variants, "variants/*/*"),
    "reference": (reference, "reference/**/*"),
    "arena": (arena, "*"),
    "images": (images, ".pio/harness/images/*/*"),
    "objects": (objects, ".pio/harness/workspaces/qemu_m4/build/**/*"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_file_is_made_anew(
    kind: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("harness.firmware.builder.elf_footprint", lambda _: Footprint(1, 1))
    use, pattern = KINDS[kind]
    right = use(tmp_path)
    chance = random.Random(kind)
    for name, damage in DAMAGES.items():
        files = sorted(path for path in tmp_path.glob(pattern) if _holds_something(path))
        victim = chance.choice(files)
        caplog.clear()
        damage(victim, files, chance)
        assert use(tmp_path) == right, f"{victim.name}: {name}"
        told = [line for line in caplog.messages if "is damaged and made anew" in line]
        assert told or name == "remove", f"{victim.name}: {name}"
        caplog.clear()
        assert use(tmp_path) == right
        assert caplog.messages == []
