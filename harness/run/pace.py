"""Single runs of a model against many back-to-back, and their ticks against the host's clock.

One run of a fast model takes less time than the serial line does, so that the host's clock says
little about it. A window of many runs lasts as long as needed: its ticks show the counter's rate,
and its share for one run what single runs must take. Simulators have a time of their own, and their
images know no windows.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from harness.boards.catalogue import TargetSpec
from harness.errors import ImplausibleFigure
from harness.link.messages import ModelInfo, RunResult
from harness.link.session import Session
from harness.run.plausible import FASTEST_HZ, WALL_TOLERANCE, TimeCheck

SPAN_S = 0.25  # least host seconds of a window
HOST_SPAN_S = 0.05  # on this computer, whose times are for orientation
TRIES = 20  # windows of which none may be delayed less than the line allows
SLACK_S = 0.02  # of a window beside its runs: the host's scheduler, USB
GROWTH = 2
MOST_RUNS = 1 << 26  # of the smallest model, more than a second on the fastest machine
ROUND_TRIPS = 3
SINGLE_RUNS = 3
COARSE_TICKS = 2  # of a counter that is slower than the core
ANY_SHARE = 0.25  # what a run of any sample takes at least: soft-float is fast on zeros
COPY_CYCLES_A_BYTE = 10  # of the input, before each run of a window; AVR's memcpy takes 8
LOOP_CYCLES = 200


@dataclass(frozen=True)
class Bounds:
    """Ticks of a single run as shares of a run back-to-back with the same sample.

    `beside_s`: seconds that a single run may take more. `rounds` of windows, of which the quickest
    counts.
    """

    least: float = 0.9
    most: float = 2.0  # with caches cold
    beside_s: float = 2e-4
    rounds: int = 1


BOARD = Bounds()
SYSTEM = Bounds(0.2, inf, rounds=4)  # an operating system may interrupt any run
BOUNDS = {"host": SYSTEM, "linux": SYSTEM}


def time_bracket(session: Session) -> tuple[tuple[int, int], float]:
    """Return least and greatest ticks of an empty bracket, and the host seconds of that request."""
    brackets, seconds = [], []
    for _ in range(ROUND_TRIPS):
        started = session.now()
        brackets.append(session.bracket())
        seconds.append(session.now() - started)
    return brackets[0], min(seconds)


@dataclass(frozen=True)
class Pace:
    """Compares the runs of one model on a device with a window of them.

    `round_trip_s`: host seconds of a request that computes nothing.
    """

    spec: TargetSpec
    model: ModelInfo
    counter_hz: int
    bracket: int
    round_trip_s: float

    def check(self, session: Session, sample: int, times: TimeCheck) -> None:
        """Run the sample sent last single and back-to-back; raise the lower bound of `times`.

        Of simulators nothing is compared: no clock but their own tells of their time.
        Raises ImplausibleFigure where counter, single runs and the host's clock contradict.
        """
        if not self.spec.timed_by_host:
            return
        bounds = BOUNDS.get(self.spec.kind, BOARD)
        single = min(self._single(session, sample, times) for _ in range(SINGLE_RUNS))
        each = inf
        for _ in range(bounds.rounds):
            each = min(each, self._back_to_back(session, sample))
            alone = each - self._copy_ticks
            least = alone * bounds.least - COARSE_TICKS
            most = bounds.most * each + bounds.beside_s * self.counter_hz
            if least <= single <= most:
                times.least = max(times.least, alone * min(ANY_SHARE, bounds.least))
                return
        raise self._error(
            f"a single run took {single:,} ticks of the counter, runs back-to-back {each:,.0f} each"
        )

    def _single(self, session: Session, sample: int, times: TimeCheck) -> int:
        run: RunResult = session.run(self.model.index, sample)
        times.check(run)
        return run.ticks - self.bracket

    def _back_to_back(self, session: Session, sample: int) -> float:
        """Return the ticks of a run in the quickest of some windows.

        The host's clock has to confirm the ticks of one that is long enough.
        """
        runs, tries = 1, 0
        ticks, seconds = self._timed(session, sample, runs)
        each = float(ticks)
        while seconds < self._span_s or self._spare(ticks, seconds) > 0:
            if seconds >= self._span_s:  # delayed, or the counter is slow
                tries += 1
            elif runs < MOST_RUNS:
                runs *= GROWTH
            else:
                raise self._error(f"{runs:,} runs back-to-back took {seconds:.4g} s")
            if tries == TRIES:
                raise self._contradiction(runs, ticks, seconds)
            ticks, seconds = self._timed(session, sample, runs)
            each = min(each, ticks / runs)
        if ticks / self.counter_hz > seconds * (1 + WALL_TOLERANCE):
            raise self._contradiction(runs, ticks, seconds)
        return each

    @property
    def _span_s(self) -> float:
        """Least host seconds of a window, of which the line may take a quarter."""
        least = HOST_SPAN_S if self.spec.kind == "host" else SPAN_S
        return max(least, 4 * (SLACK_S + 2 * self.round_trip_s))

    def _contradiction(self, runs: int, ticks: int, seconds: float) -> ImplausibleFigure:
        return self._error(
            f"{runs:,} runs back-to-back took {ticks:,} ticks of the counter, which are "
            f"{ticks / self.counter_hz:.4g} s, and {seconds:.4g} s by the host's clock: does the "
            "counter run at another rate?"
        )

    def _spare(self, ticks: int, seconds: float) -> float:
        """Host seconds of a window beyond its ticks and what the line may take."""
        counted = ticks / self.counter_hz
        allowed = SLACK_S + 2 * self.round_trip_s + WALL_TOLERANCE * counted
        return seconds - counted - allowed

    def _timed(self, session: Session, sample: int, runs: int) -> tuple[int, float]:
        started = session.now()
        ticks = session.window(
            self.model.index, sample, runs, within_s=2 * session.run_s, once=False
        )
        return ticks, session.now() - started

    @property
    def _copy_ticks(self) -> float:
        cycles = LOOP_CYCLES + COPY_CYCLES_A_BYTE * self.model.input_bytes
        if self.spec.ticks_per_unit is not None:
            return cycles * self.spec.ticks_per_unit
        return cycles / (self.spec.clock_hz or FASTEST_HZ) * self.counter_hz

    def _error(self, contradiction: str) -> ImplausibleFigure:
        return ImplausibleFigure(contradiction, where=self.spec.name)
