"""Counts of models on a target, of one random sample each; answers are not checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from harness.boards.catalogue import TargetSpec
from harness.codegen import CompiledModel
from harness.errors import DoesNotFit
from harness.firmware.builder import FirmwareBuilder
from harness.project import Project
from harness.run.attach import attach
from harness.run.inputs import random_inputs
from harness.run.measurement import Clock
from harness.workload.fitting import fit_inputs

REPEATS = 2


def measure_counts(
    project: Project,
    spec: TargetSpec,
    models: Sequence[CompiledModel],
    ports: Mapping[str, str] | None = None,
    power: Mapping[str, str] | None = None,
) -> list[float | None]:
    """Return the least count of each model in the target's unit, None where it does not fit.

    As many models as fit share an image. Raises as builder, target and session.
    """
    if not models:
        return []
    try:
        image = FirmwareBuilder(project).build(spec, list(models))
    except DoesNotFit:
        if len(models) == 1:
            return [None]
        half = len(models) // 2
        return [
            count
            for part in (models[:half], models[half:])
            for count in measure_counts(project, spec, part, ports, power)
        ]
    target = attach(spec, project, ports=ports or {}, power=power or {})
    counts: list[float | None] = []
    with target.connect(image, project.logs / f"counts-{image.build_id}.log") as session:
        hello = session.hello(within_s=5)
        clock = Clock.of(spec, hello, session.bracket()[0])
        for info, model in zip(session.models(hello.models), models, strict=True):
            sample = fit_inputs(random_inputs(model, 1, 0).samples, model).tobytes()
            session.send_sample(info.encoding, 0, sample)
            ticks = (session.run(info.index, 0).ticks for _ in range(REPEATS))
            counts.append(min(clock.count(each) for each in ticks))
    return counts
