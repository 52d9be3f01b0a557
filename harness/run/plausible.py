"""Bounds of the figures that a device reports: a figure outside of them is an error.

A counter may stand still, run at another rate than the device says, or wrap. Five independent
sources bound it: the catalogue, the cost of an empty bracket, the multiply-adds of the model, the
host's clock around RUN, and runs back-to-back (pace.py).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from harness.boards.catalogue import TargetSpec
from harness.codegen import CompiledModel
from harness.codegen.cores import Core, core_named
from harness.errors import ImplausibleFigure
from harness.link.messages import Hello, RunResult

FREQUENCY_TOLERANCE = 0.01
WALL_TOLERANCE = 0.05  # resonators and RC oscillators against the host's crystal
PADDED_SHARE = 0.25  # of the counted multiply-adds, what is left without those of padding
LINK_S = 0.1  # of a RUN beside its inference: the host's scheduler, USB
LEAST_RUNS = 3
FASTEST_HZ = 6e9  # where the catalogue has no clock: this computer, Linux boards
BITS_A_BYTE = 10
MOST_BRACKET_CYCLES = 2000  # of two reads of a counter
MOST_BRACKET_S = 1e-4  # where the core's clock is unknown
MOST_FREE_RAM = 2  # times the catalogue's RAM: a heap may take in RAM that programs cannot have
STACK_SLACK = 256  # bytes of calls between the readings of free RAM and of the stack


def check_hello(spec: TargetSpec, hello: Hello, arena_bytes: int | None) -> None:
    """Compare HELLO with the catalogue, and with the arena that was compiled where it is known.

    Raises ImplausibleFigure.
    """
    check_frequencies(spec, hello)
    if hello.core != spec.core:
        raise ImplausibleFigure(
            f"the device reports a core {hello.core}, the catalogue {spec.core}", where=spec.name
        )
    if arena_bytes is not None and hello.arena != arena_bytes:
        raise ImplausibleFigure(
            f"the device reports an arena of {hello.arena:,} B, compiled were {arena_bytes:,} B",
            where=spec.name,
        )
    if hello.free_ram is not None and hello.free_ram > MOST_FREE_RAM * spec.ram_bytes:
        raise ImplausibleFigure(
            f"the device reports {hello.free_ram:,} B of free RAM, it has {spec.ram_bytes:,} B",
            where=spec.name,
        )


def check_stack(spec: TargetSpec, stack: int | None, free_ram: int | None) -> None:
    """Raise ImplausibleFigure where a call used more stack than there is.

    0 bytes are possible: a small model whose kernels need no memory but registers.
    """
    if stack is None:
        return
    most = spec.ram_bytes if free_ram is None else min(spec.ram_bytes, free_ram + STACK_SLACK)
    if stack > most:
        raise ImplausibleFigure(
            f"the device reports a stack of {stack:,} B in one call; it has {most:,} B",
            where=spec.name,
        )


def check_frequencies(spec: TargetSpec, hello: Hello) -> None:
    """Raise ImplausibleFigure where counter or core have another frequency than the catalogue."""
    _check_frequency(spec, "counter", hello.counter_hz, spec.ticks_hz)
    if hello.clock_hz:
        _check_frequency(spec, "core", hello.clock_hz, spec.clock_hz)
    if hello.counter_hz <= 0:
        raise ImplausibleFigure("the device reports a counter of 0 Hz", where=spec.name)


def check_bracket(spec: TargetSpec, least: int, greatest: int, counter_hz: int) -> None:
    """Raise ImplausibleFigure where a bracket costs too much, or at least more than at most."""
    most = counter_hz * MOST_BRACKET_S
    if spec.ticks_per_unit is not None:
        most = MOST_BRACKET_CYCLES * spec.ticks_per_unit
    elif spec.clock_hz:
        most = MOST_BRACKET_CYCLES / spec.clock_hz * counter_hz
    if least > max(1.0, most):
        raise ImplausibleFigure(
            f"an empty bracket takes {least:,} ticks, and at most {most:,.0f} are plausible",
            where=spec.name,
        )
    if least > greatest:
        raise ImplausibleFigure(
            f"an empty bracket takes at least {least:,} and at most {greatest:,} ticks",
            where=spec.name,
        )


def _check_frequency(spec: TargetSpec, name: str, found: int, wanted: int | None) -> None:
    if wanted is not None and abs(found - wanted) > FREQUENCY_TOLERANCE * wanted:
        raise ImplausibleFigure(
            f"the device reports a {name} of {found:,} Hz, the catalogue {wanted:,} Hz",
            where=spec.name,
            hint="was the board's clock changed? boards.toml holds clock_hz and counter_hz",
        )


def most_macs(core: Core) -> int:
    """Return the most multiply-adds that the core does in one cycle or instruction."""
    if core.family == "any":
        return 64
    if core.mve:
        return 16
    return 2 if core.dsp else 1


def least_ticks(spec: TargetSpec, compiled: CompiledModel | None, counter_hz: int) -> float:
    """Return a lower bound of an inference's ticks, from its multiply-adds by weights other than 0.

    A model's multiply-adds include those of padding, which are not computed: PADDED_SHARE. None:
    those of a model that codegen refuses are not known, and the bound is 0.
    """
    if compiled is None:
        return 0.0
    macs = sum(op.nonzero_macs for op in compiled.ops) * PADDED_SHARE
    cycles = macs / most_macs(core_named(spec.core))
    if spec.ticks_per_unit is not None:
        return cycles * spec.ticks_per_unit
    return cycles / (spec.clock_hz or FASTEST_HZ) * counter_hz


@dataclass
class TimeCheck:
    """Checks the times of one model's runs on one target.

    `least` ticks of a run, `bracket` ticks of an empty one; `round_trip_s` host seconds of a
    request that computes nothing. `timed_by_host`: the counter follows real time, so that the
    host's seconds around RUN are an upper bound.
    """

    target: str
    counter_hz: int
    bracket: int
    least: float
    round_trip_s: float
    baud: int
    timed_by_host: bool
    _spare: list[float] = field(default_factory=list)  # seconds of RUN beside its inference
    _calls: int = 0  # since boot, as the last run reported them
    _resets: int = 0

    @classmethod
    def of(
        cls,
        spec: TargetSpec,
        compiled: CompiledModel | None,
        hello: Hello,
        bracket: int,
        round_trip_s: float,
    ) -> TimeCheck:
        """Return the bounds for a model on a target that has answered HELLO."""
        return cls(
            spec.name,
            hello.counter_hz,
            bracket,
            least_ticks(spec, compiled, hello.counter_hz),
            round_trip_s,
            spec.baud,
            spec.timed_by_host,
        )

    def check(self, run: RunResult) -> None:
        """Raise ImplausibleFigure where one run took fewer or more ticks than it can.

        The same where its number since boot does not rise from run to run.
        """
        if run.resets != self._resets:
            self._resets, self._calls = run.resets, 0
        if run.calls <= self._calls:
            raise self._error(run, f"and is call {run.calls:,} after call {self._calls:,}")
        self._calls = run.calls
        above = run.ticks - self.bracket
        # A small model may take less than a step of the host's clock; pace.py compares windows.
        least = 0 if self.timed_by_host and run.ticks > 0 else 1
        if above < least:
            raise self._error(
                run, f"an empty bracket takes {self.bracket:,}: does the counter stand still?"
            )
        if above < math.floor(self.least):
            raise self._error(
                run, f"the model's multiply-adds alone take {math.floor(self.least):,}"
            )
        if not self.timed_by_host or math.isinf(run.seconds):
            return
        seconds = run.ticks / self.counter_hz
        if seconds > run.seconds * (1 + WALL_TOLERANCE):
            raise self._error(
                run, f"which are {seconds:.6g} s, and the answer came after {run.seconds:.6g} s"
            )
        self._spare.append(run.seconds - seconds)
        self._check_spare(run, seconds)

    def _check_spare(self, run: RunResult, seconds: float) -> None:
        """Compare the least of several runs, since a busy host delays some of them."""
        allowed = (
            LINK_S
            + 2 * self.round_trip_s
            + 2 * BITS_A_BYTE * run.output_bytes / self.baud
            + WALL_TOLERANCE * seconds
        )
        if len(self._spare) >= LEAST_RUNS and min(self._spare) > allowed:
            raise self._error(
                run,
                f"which are {seconds:.6g} s, and no answer came in less than "
                f"{seconds + min(self._spare):.6g} s: does the counter wrap or run slow?",
            )

    def _error(self, run: RunResult, contradiction: str) -> ImplausibleFigure:
        return ImplausibleFigure(
            f"sample {run.sample} took {run.ticks:,} ticks of the counter, {contradiction}",
            where=self.target,
        )
