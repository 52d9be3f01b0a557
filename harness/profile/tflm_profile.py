"""Profile of a model under TensorFlow Lite Micro: counts by address inside of each operator.

The image is the one that times the operators: the counter starts and stops around each of them, so
that every operator is a region of its own. What the interpreter does between them is not counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from harness.codegen import read_model
from harness.firmware.builder import Image
from harness.link.session import Session
from harness.profile.counts import difference, total
from harness.profile.listing import disassemble
from harness.profile.profile import (
    LayerPart,
    Profile,
    cost_of,
    profile_of,
    profiled_target,
    run_counted,
)
from harness.project import Project
from harness.targets.process import ProcessTarget
from harness.tflm.engine import TflmEngine, prepare
from harness.tflm.model import Layers, TflmModel
from harness.workload.model_facts import ModelFacts


def profile_tflm(
    facts: ModelFacts,
    tflite: bytes,
    sample: np.ndarray,
    target: str,
    project: Project,
    tflm: TflmEngine,
) -> Profile:
    """Profile one inference of a `sample` (...) in the model's own dtype.

    Raises as `profile`, and ModelError where TFLM refuses the model.
    """
    spec, table = profiled_target(target)
    model, operators = TflmModel.of(facts, tflite), read_model(tflite).operators

    @contextmanager
    def connect(image: Image) -> Iterator[Session]:
        log = project.logs / f"profile-{spec.name}-{image.build_id}.log"
        with ProcessTarget(spec, project.root).connect(image, log) as session:
            yield session

    fitted = tflm.fit_arena(spec, model, connect)
    image, arena = tflm.layered_image(spec, model, Layers(len(operators)), fitted.arena_bytes)
    listing = disassemble(image.elf, spec.tools, project.root)
    (bracket, *runs), counts = run_counted(
        spec, image, listing, sample, len(operators), project, lambda each: prepare(each, arena)
    )
    regions = [difference(run, bracket) for run in runs]
    layers = []
    for each, region in zip(operators, regions, strict=True):
        cost = cost_of(listing, region, table)
        layers.append(
            LayerPart(each.index, each.kind, "TFLM", 0, 0, cost.instructions, cost.cycles)
        )
    return profile_of(facts.name, spec, table, listing, layers, total(regions), sum(counts))
