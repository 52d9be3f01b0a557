"""The text that sketches of the EloquentTinyML tutorials print for each inference.

    0.00,0.01,…,0.97          scores, comma-separated
    Predicted class is: 9
    Sanity check: 9           the class of a second inference
     - Time (ms): 4.00        of the first one, from millis()

Layout as printed by the public sketch 24_Knowledge_Distillation of github.com/thommaskevin/TinyML.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

NUMBER = r"[+-]?(?:\d{1,40}(?:\.\d{0,40})?|\.\d{1,40})(?:[eE][+-]?\d{1,4})?|nan|-?inf|ovf|-ovf"
SCORES = re.compile(rf"\s*(?:{NUMBER})(?:\s*,\s*(?:{NUMBER}))+\s*", re.IGNORECASE)
PREDICTED = re.compile(r"\s*Predicted class(?: is)?\s*:\s*(\d{1,6})\s*", re.IGNORECASE)
SANITY = re.compile(r"\s*Sanity check\s*:\s*(\d{1,6})\s*", re.IGNORECASE)
TIME = re.compile(rf"\s*-?\s*Time \(ms\)\s*:\s*({NUMBER})\s*", re.IGNORECASE)
ERROR = re.compile(r"\s*ERROR\s*:\s*(.+?)\s*", re.IGNORECASE)
LONGEST_LINE = 4096
LONGEST_ERROR = 200


@dataclass(frozen=True)
class SketchResult:
    """One inference as the sketch tells it; `time_ms` in steps of 1 ms, for it reads millis()."""

    scores: tuple[float, ...]
    predicted: int
    sanity: int | None
    time_ms: float

    @property
    def consistent(self) -> bool:
        """True where both inferences, and the greatest score, name the same class.

        Two decimals are printed: a class that ties for the greatest score counts as named.
        """
        if self.sanity is not None and self.sanity != self.predicted:
            return False
        if not self.scores:
            return True
        if self.predicted >= len(self.scores) or any(map(math.isnan, self.scores)):
            return False
        return self.scores[self.predicted] == max(self.scores)


class SketchReader:
    """Turns bytes of the line into results; starts anywhere in the text.

    `ignored` counts lines that are none of the sketch's, `error` is what it complained of last.
    """

    def __init__(self) -> None:
        self.ignored = 0
        self.error = ""
        self._buffer = b""
        self._scores: tuple[float, ...] = ()
        self._predicted: int | None = None
        self._sanity: int | None = None

    def feed(self, data: bytes) -> list[SketchResult]:
        """Return the results that are complete with `data`; longer lines than any are ignored."""
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        self._buffer = self._buffer[-LONGEST_LINE - 1 :]
        self.ignored += sum(len(line) > LONGEST_LINE for line in lines)
        lines = [line for line in lines if len(line) <= LONGEST_LINE]
        found = [self._line(line.decode("ascii", errors="replace").rstrip("\r")) for line in lines]
        return [result for result in found if result is not None]

    def _line(self, line: str) -> SketchResult | None:
        if SCORES.fullmatch(line):
            self._scores = tuple(_number(part) for part in line.split(","))
            self._predicted = self._sanity = None
        elif match := PREDICTED.fullmatch(line):
            self._predicted = int(match[1])
        elif match := SANITY.fullmatch(line):
            self._sanity = int(match[1])
        elif match := TIME.fullmatch(line):
            return self._end(_number(match[1]))
        elif match := ERROR.fullmatch(line):
            self.error = match[1][:LONGEST_ERROR]
        elif line.strip():
            self.ignored += 1
        return None

    def _end(self, time_ms: float) -> SketchResult | None:
        """The result that ends with its time; None where its beginning was not heard."""
        scores, predicted, sanity = self._scores, self._predicted, self._sanity
        self._scores, self._predicted, self._sanity = (), None, None
        if predicted is None or not math.isfinite(time_ms):
            self.ignored += 1
            return None
        return SketchResult(scores, predicted, sanity, time_ms)


def _number(text: str) -> float:
    """A number as Arduino prints it: "ovf" stands for more than its integer part holds."""
    return float(text.lower().replace("ovf", "inf"))
