"""Health of a board: the output of the first sample is the same whenever it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from harness.errors import SickBoard
from harness.link.session import Session
from harness.run.measurement import Job, send


@dataclass
class Health:
    """Known answers of one image on one board, by cell.

    The engine computes the same from the same, so two different outputs show damaged memory, a weak
    supply or an overclocked core. `runs` counts the outputs that agreed.
    """

    target: str
    runs: dict[int, int] = field(default_factory=dict)
    _outputs: dict[int, bytes] = field(default_factory=dict)

    def note(self, cell: int, output: bytes) -> None:
        """Compare an output of the first sample with those before. Raises SickBoard."""
        known = self._outputs.setdefault(cell, output)
        if output != known:
            differing = sum(a != b for a, b in zip(output, known, strict=False))
            raise SickBoard(
                f"the board is sick: {differing} of {len(known)} bytes of the first sample's "
                "output differ between two runs",
                where=self.target,
                hint="it is not used any more in this run: check its supply, clock and memory",
            )
        self.runs[cell] = self.runs.get(cell, 0) + 1

    def check(self, session: Session, jobs: Iterable[Job]) -> None:
        """Ask for the first sample's output of every model again. Raises SickBoard."""
        for job in jobs:
            send(session, job, 0)
            self.note(job.cell, session.run(job.model.index, 0).data)


@dataclass
class Trouble:
    """Trouble of one session; `seen` is called after each sample and calls `check` after resets."""

    session: Session
    check: Callable[[], None]
    before: bool  # the board has been lost before in this run
    _resets: int = 0

    def seen(self) -> None:
        """Check the board's health where it was reset since the last call."""
        if self.session.resets != self._resets:
            self._resets = self.session.resets
            self.check()

    def end(self) -> None:
        """Check the board's health where anything went wrong."""
        if self.before or self.session.retries or self.session.resets:
            self.check()
