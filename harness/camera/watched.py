"""Frames that a board's camera took, with the model's answers: one by one, and as a session."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np

from harness.measure.parity import Parity
from harness.store import CellFacts

_NO_PIXELS = np.empty(0, np.uint8)


@dataclass(frozen=True)
class Units:
    """Units of times: of the grab, and of preparing and invoking."""

    grab: str
    compute: str


@dataclass(frozen=True, eq=False)
class Capture:
    """One frame and what came of it.

    `frame` (H, W) uint8 as the camera gave it; `input` (h, w, c) as the device made it of that and
    fed to the model; `output` raw, without the batch axis; times in Units. `input_same`: whether
    the host makes the same input, to the bit; `parity`: the output against TensorFlow Lite's
    reference for the host's input.
    """

    number: int
    calls: int
    frame: np.ndarray
    input: np.ndarray
    output: np.ndarray
    grab: float
    prepare: float
    invoke: float
    input_same: bool
    parity: Parity
    reference: np.ndarray

    @property
    def output_same(self) -> bool:
        """True where the output is the reference's: integers to the bit, floats by their class."""
        if self.parity.max_lsb is not None:
            return self.parity.max_lsb == 0
        return self.parity.argmax == 1.0


@dataclass
class Watched:
    """A session with a camera; `captures` are without their pixels, which nobody needs any more."""

    run_id: int
    source: str = ""
    units: Units = field(default_factory=lambda: Units("", ""))
    interrupted: bool = False
    captures: list[Capture] = field(default_factory=list)

    def add(self, capture: Capture) -> None:
        """Count one frame in."""
        self.captures.append(replace(capture, frame=_NO_PIXELS, input=_NO_PIXELS))

    @property
    def inputs_same(self) -> int:
        """Number of inputs that equal the host's."""
        return sum(capture.input_same for capture in self.captures)

    @property
    def outputs_same(self) -> int:
        """Number of outputs that equal the reference's."""
        return sum(capture.output_same for capture in self.captures)

    @property
    def good(self) -> bool:
        """True where every frame's input and output equal the host's."""
        return len(self.captures) == self.inputs_same == self.outputs_same

    @property
    def greatest_difference(self) -> str:
        """Between outputs and references, with its unit."""
        steps = [
            capture.parity.max_lsb
            for capture in self.captures
            if capture.parity.max_lsb is not None
        ]
        if steps:
            return f"{max(steps)} LSB"
        return (
            f"{max((capture.parity.max_abs or 0.0 for capture in self.captures), default=0.0):.3g}"
        )

    def median(self, read: Callable[[Capture], float]) -> float:
        """Median over all frames of what `read` takes from them."""
        return float(np.median([read(capture) for capture in self.captures]))

    def facts(self) -> CellFacts:
        """Return the facts that the store keeps beside the samples."""
        return CellFacts(
            frames=len(self.captures),
            interrupted=self.interrupted,
            inputs_same=self.inputs_same,
            outputs_same=self.outputs_same,
            grab_unit=self.units.grab,
            grab_median=self.median(lambda capture: capture.grab),
            prepare_median=self.median(lambda capture: capture.prepare),
        )


class Viewer(Protocol):
    """Shows what a camera sees while it is watched."""

    def open(self, watched: Watched) -> None:
        """Take the session, once the camera answered."""
        ...

    def show(self, capture: Capture) -> None:
        """Take a frame and its answer."""
        ...
