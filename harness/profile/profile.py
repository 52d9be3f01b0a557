"""Profile of one model on one simulated core, with the firmware that is measured.

QEMU runs the firmware with a plugin (firmware/platforms/mcu_sim/qemu_count) that counts by address
between start and stop of the counter; the runners of simavr and rp2040js count the same themselves.
The image holds the model once for each layer, cut behind it (harness/run/layers.py): the counts of
two neighbours differ by one layer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from harness.boards.catalogue import TargetSpec, load_catalogue
from harness.boards.doctor import require_tools
from harness.boards.requirement import find_tool
from harness.codegen import CompiledModel
from harness.errors import InputError, TargetError, ToolMissing
from harness.firmware.builder import FirmwareBuilder, Image
from harness.link.session import Session
from harness.profile.counts import Counts, difference, read_counts
from harness.profile.cycle_table import CycleTable, table_for
from harness.profile.listing import Instruction, Listing, disassemble
from harness.project import Project, set_up_command
from harness.run.measurement import Clock
from harness.targets.process import ProcessTarget

PLUGIN = "harness-qemu-count.so"
_COUNTED = ("qemu", "simavr", "rp2040js")
START, STOP = "port_counter_start", "port_counter_stop"


@dataclass(frozen=True)
class Part:
    """Executed instructions, and their estimated cycles."""

    name: str
    instructions: int
    cycles: int


@dataclass(frozen=True)
class LayerPart:
    """Figures of one layer; `index` is the operator's index in the file."""

    index: int
    kind: str
    kernel: str
    macs: int
    nonzero_macs: int
    instructions: int
    cycles: int


@dataclass(frozen=True)
class Profile:
    """One inference of a model on a core, by layer, function and class of instruction."""

    model: str
    target: str
    core: str
    table: str
    source: str  # of the cycle table
    instructions: int
    cycles: int  # estimated by `table`
    timed: int  # the port's counter over the same call, without its bracket, in `timed_in`
    timed_in: str  # instructions of QEMU, cycles of simavr and rp2040js
    layers: tuple[LayerPart, ...]
    functions: tuple[Part, ...]  # most instructions first
    classes: tuple[Part, ...]  # most instructions first


@dataclass(frozen=True)
class Estimate:
    """Counted instructions and estimated cycles of one inference."""

    instructions: int
    cycles: int


def profile(compiled: CompiledModel, sample: np.ndarray, target: str, project: Project) -> Profile:
    """Profile one inference of a `sample` (...) in the model's own dtype.

    Raises InputError for a target that cannot be profiled, ToolMissing, BuildError, TargetError.
    """
    spec, table = profiled_target(target)
    image = FirmwareBuilder(project).build(spec, [compiled], layered=True)
    listing = disassemble(image.elf, spec.tools, project.root)
    _, stages = compiled.layered()
    (bracket, *runs), counts = run_counted(spec, image, listing, sample, len(stages), project)
    own = f"model_{compiled.name}_run"
    layers = []
    for stage, later, earlier in zip(stages, runs, [bracket, *runs[:-1]], strict=True):
        cost = cost_of(listing, difference(later, earlier), table, leave_out=own)
        layers.append(
            LayerPart(
                stage.op.index, stage.op.kind, stage.op.kernel, stage.op.macs,
                stage.op.nonzero_macs, cost.instructions, cost.cycles,
            )
        )  # fmt: skip
    whole = difference(runs[-1], bracket)
    return profile_of(compiled.name, spec, table, listing, layers, whole, counts[-1])


def profile_of(
    model: str,
    spec: TargetSpec,
    table: CycleTable,
    listing: Listing,
    layers: Sequence[LayerPart],
    whole: Counts,
    timed: float,
) -> Profile:
    """Return the profile of a call with the counts `whole`; `timed`: the port's own."""
    total = cost_of(listing, whole, table)
    return Profile(
        model=model,
        target=spec.name,
        core=spec.core,
        table=table.core,
        source=table.source,
        instructions=total.instructions,
        cycles=total.cycles,
        timed=round(timed),
        timed_in=spec.latency_unit,
        layers=tuple(layers),
        functions=_parts(listing, whole, table, lambda each: each.function),
        classes=_parts(listing, whole, table, lambda each: table.class_of(each).name),
    )


def estimate(
    compiled: CompiledModel, sample: np.ndarray, target: str, project: Project
) -> Estimate:
    """Return instructions and estimated cycles of one inference, all layers together."""
    spec, table = profiled_target(target)
    image = FirmwareBuilder(project).build(spec, [compiled])
    listing = disassemble(image.elf, spec.tools, project.root)
    (bracket, run), _ = run_counted(spec, image, listing, sample, 1, project)
    return cost_of(listing, difference(run, bracket), table)


def profiled_target(target: str) -> tuple[TargetSpec, CycleTable]:
    """Return the target and its core's table.

    Raises InputError where the core has no table, or the simulator cannot count.
    """
    spec = load_catalogue()[target]
    table = table_for(spec.core)
    if spec.kind not in _COUNTED or table is None:
        fitting = [
            name
            for name, each in load_catalogue().items()
            if each.kind in _COUNTED and table_for(each.core) is not None
        ]
        raise InputError(
            "this target cannot be profiled: instructions are counted in QEMU, simavr and "
            "rp2040js, and cycles estimated where there is a table for the core",
            where=target,
            hint=f"targets that can: {', '.join(fitting)}",
        )
    return spec, table


def run_counted(
    spec: TargetSpec,
    image: Image,
    listing: Listing,
    sample: np.ndarray,
    stages: int,
    project: Project,
    prepare: Callable[[Session], object] | None = None,
) -> tuple[list[Counts], list[float]]:
    """Return the counts of an empty region and of each stage, and the timer's value of each stage.

    `prepare` sets an interpreter up, whose own runs come before those of the stages.
    """
    require_tools(spec, project.root)
    with TemporaryDirectory(prefix="harness-profile-") as folder:
        counts = Path(folder) / "counts"
        arguments = {
            "start": f"{listing.functions[START]:x}",
            "stop": f"{listing.functions[STOP]:x}",
            "base": f"{listing.first:x}",
            "size": f"{listing.end - listing.first:x}",
            "out": str(counts),
        }
        counting = _counting(spec, arguments, project.root)
        log = project.logs / f"profile-{spec.name}-{image.build_id}.log"
        with ProcessTarget(counting, project.root).connect(image, log) as session:
            hello = session.hello(within_s=5)
            session.models(hello.models)
            clock = Clock.of(spec, hello, session.bracket()[0])
            if prepare is not None:
                prepare(session)
            session.send_sample(0, 0, np.ascontiguousarray(sample).tobytes())
            ticks = [session.run(stage, 0).ticks for stage in range(stages)]
        sets = read_counts(counts)
    if len(sets) < stages + 1:
        raise TargetError(
            f"the plugin counted {len(sets)} regions instead of {stages + 1}", where=spec.name
        )
    return [sets[0], *sets[-stages:]], [clock.count(each) for each in ticks]


def _counting(spec: TargetSpec, arguments: Mapping[str, str], root: Path) -> TargetSpec:
    """Return the target with a command that counts."""
    words = [f"{name}={value}" for name, value in arguments.items()]
    if spec.kind in ("simavr", "rp2040js"):
        program, *others = spec.command
        return spec.model_copy(update={"command": (program, "-c", ",".join(words), *others)})
    plugin = find_tool(PLUGIN, root)
    if plugin is None:
        raise ToolMissing(f"{PLUGIN} is not built", hint=set_up_command())
    option = ("-plugin", ",".join([str(plugin), *words]))
    return spec.model_copy(update={"command": (*spec.command, *option)})


def cost_of(
    listing: Listing, counts: Counts, table: CycleTable, leave_out: str | None = None
) -> Estimate:
    """Return the cost of `counts`, without functions whose names begin with `leave_out`."""
    instructions = cycles = 0
    for each, executions, cost in _costs(listing, counts, table):
        if leave_out is None or not each.function.startswith(leave_out):
            instructions += executions
            cycles += cost
    return Estimate(instructions, cycles)


def _costs(
    listing: Listing, counts: Counts, table: CycleTable
) -> Iterable[tuple[Instruction, int, int]]:
    for each in listing.instructions:
        count = counts.get(each.address)
        if count is not None and (count.executions or count.taken):
            yield each, count.executions, table.cycles(each, count.executions, count.taken)


def _parts(
    listing: Listing, counts: Counts, table: CycleTable, name_of: Callable[[Instruction], str]
) -> tuple[Part, ...]:
    instructions: Counter[str] = Counter()
    cycles: Counter[str] = Counter()
    for each, executions, cost in _costs(listing, counts, table):
        instructions[name_of(each)] += executions
        cycles[name_of(each)] += cost
    return tuple(
        Part(name, count, cycles[name]) for name, count in instructions.most_common() if count
    )
