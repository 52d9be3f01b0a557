"""A library's own sources in the measuring firmware: outputs and counts of its vectors.

The library is linked as it is in its folder, with the flags of every image. Its NAME_infer() is
called as the generated function of a measured image is: through the table of models, between two
reads of the counter.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from harness.boards.catalogue import TargetSpec
from harness.boards.doctor import require_tools
from harness.codegen import CompiledModel, render_linked
from harness.codegen.image import LIBRARY_HEADER
from harness.export.manifest import Manifest
from harness.firmware.builder import FirmwareBuilder
from harness.firmware.library import Library
from harness.link.session import Session
from harness.project import Project
from harness.run.attach import attach
from harness.run.measurement import Clock


@dataclass(frozen=True)
class Answers:
    """Raw outputs (N, ...) and counts (N,) in the target's latency unit; the image's compiler."""

    outputs: np.ndarray
    counts: np.ndarray
    compiler: str


def remeasure(
    folder: Path,
    manifest: Manifest,
    model: CompiledModel,
    inputs: np.ndarray,
    spec: TargetSpec,
    project: Project,
) -> Answers:
    """Build the library in `folder` for a simulated target and run `inputs` (N, ...) on it, in
    sequences of the manifest's frames.

    `model` has the name and sizes of the library. Raises ToolMissing, BuildError, DoesNotFit,
    TargetError, LinkError.
    """
    require_tools(spec, project.root)
    library = _library(folder, manifest, project.builds / "verify")
    render = partial(render_linked, model, prefix=manifest.name)
    builder = FirmwareBuilder(project, library=library)
    image = builder.build_files(spec, render, (model.name,))
    target = attach(spec, project, ports={}, power={})
    log = project.logs / f"verify-{spec.name}-{image.build_id}.log"
    with target.connect(image, log) as session:
        clock = Clock.of(spec, session.hello(within_s=5), session.bracket()[0])
        _run(session, 0, inputs[0], keep=False)  # the first is cold
        runs = [
            _run(session, place, sample, keep=place % manifest.frames > 0)
            for place, sample in enumerate(inputs)
        ]
    outputs = np.frombuffer(b"".join(data for _, data in runs), dtype=model.output.dtype)
    return Answers(
        outputs.reshape(len(inputs), *model.output.shape[1:]),
        np.array([clock.count(ticks) for ticks, _ in runs]),
        image.compiler,
    )


def _run(session: Session, place: int, sample: np.ndarray, *, keep: bool) -> tuple[int, bytes]:
    session.send_sample(0, place, np.ascontiguousarray(sample).tobytes())
    result = session.run(0, place, keep=keep)
    return result.ticks, result.data


def _library(folder: Path, manifest: Manifest, storage: Path) -> Library:
    """Return the sources of `folder` as a library of PlatformIO in a folder of their own."""
    sources = sorted(path for path in (folder / "src").rglob("*") if path.is_file())
    digest = hashlib.sha256()
    for path in sources:
        digest.update(f"{path.relative_to(folder)}\0".encode() + path.read_bytes())
    place = storage / digest.hexdigest()[:16]
    own = place / manifest.name
    shutil.copytree(folder / "src", own / "src", dirs_exist_ok=True)
    include = f'#include "{manifest.name}.h"\n'
    (own / "src" / LIBRARY_HEADER).write_text(include, encoding="utf-8")
    facts = {"name": manifest.name, "version": manifest.harness}
    (own / "library.json").write_text(json.dumps(facts), encoding="utf-8")
    return Library(manifest.name, manifest.harness, digest.hexdigest(), place, glue=False)
