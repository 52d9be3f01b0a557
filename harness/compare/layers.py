"""Two runs of the same models, answer by answer and layer by layer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.compare.finding import Finding, Verdict, change
from harness.errors import InputError
from harness.measure.latency import is_deterministic
from harness.measure.parity import Parity, compare_outputs
from harness.plan.limits import Limits
from harness.results.data import CellData, RunData
from harness.store import LayerFacts

NOTHING = LayerFacts(-1, "")
PARITY = ("parity_max_lsb", "parity_max_abs")


@dataclass(frozen=True)
class LayerPair:
    """A layer by both versions; one that a version did not measure has neither count nor output."""

    before: LayerFacts
    now: LayerFacts

    @property
    def name(self) -> str:
        """Index and kind of the operator."""
        return (self.now if self.before is NOTHING else self.before).name

    @property
    def same_output(self) -> bool | None:
        """True where both gave the same bytes; None where they are not known."""
        if self.before.output is None or self.now.output is None:
            return None
        return self.before.output == self.now.output

    def slower(self, limits: Limits) -> bool:
        """True where an exact count grew by more than the limit."""
        before, now = self.before.count, self.now.count
        return None not in (before, now) and (now or 0) > (before or 0) * (1 + limits.count_growth)


@dataclass(frozen=True)
class CellPair:
    """A cell that both versions measured; `answers` compares all outputs, now with before.

    `exact`: its counts are the same in every run.
    """

    name: str
    unit: str
    exact: bool
    answers: Parity
    layers: tuple[LayerPair, ...]

    def findings(self, judged: Sequence[Finding], limits: Limits) -> Iterator[Finding]:
        """Yield other answers, and layers that differ where the whole cell does not.

        `judged`: what the gate found already. Other answers are an improvement where they are
        nearer to the authority's, else a regression.
        """
        mine = [each for each in judged if self.name in each.cells]
        first = next((each.name for each in self.layers if each.same_output is False), "")
        if self.answers.differing:
            nearer = any(each.verdict == "improvement" for each in mine if each.figure in PARITY)
            verdict: Verdict = "improvement" if nearer else "regression"
            if self.answers.max_abs is not None and self.answers.max_abs <= limits.parity_abs:
                verdict = "note"
            where = f"; first at layer {first}" if first else ""
            detail = f"{self.answers.differing:.1%} of the values differ, by up to {self._by}"
            yield Finding(self.name, "answers", verdict, detail + where)
        elif first:
            yield Finding(self.name, "layer_output", "note", f"another output of layer {first}")
        slower = any(x.verdict == "regression" and x.figure.startswith("latency") for x in mine)
        if self.exact and not slower:
            for each in self.layers:
                if each.slower(limits):
                    counts = change(each.before.count or 0, each.now.count or 0, self.unit)
                    yield Finding(self.name, "layer", "note", f"layer {each.name}: {counts}")

    @property
    def _by(self) -> str:
        lsb = self.answers.max_lsb
        return f"{self.answers.max_abs:.1e}" if lsb is None else f"{lsb} LSB"


def cell_pairs(before: RunData, now: RunData) -> list[CellPair]:
    """Return the cells that both runs measured. Raises InputError where there is none."""
    earlier = {cell.record.key: cell for cell in before.cells if cell.outputs is not None}
    pairs = [
        _pair(earlier[cell.record.key], cell)
        for cell in now.cells
        if cell.outputs is not None and cell.record.key in earlier
    ]
    if not pairs:
        reasons = [
            f"{side}, {cell.record.key.target}: {cell.record.reason}"
            for side, run in (("before", before), ("now", now))
            for cell in run.cells
            if cell.record.reason
        ]
        raise InputError(
            f"there is no cell that both versions measured; {'; '.join(dict.fromkeys(reasons))}"
        )
    return pairs


def _pair(before: CellData, now: CellData) -> CellPair:
    if before.outputs is None or now.outputs is None:
        raise ValueError("a cell without outputs cannot be compared")
    key, facts = now.record.key, now.record.facts
    old, new = _measured(before.record.facts.layers), _measured(facts.layers)
    return CellPair(
        f"{key.variant}/{key.dtype}/{key.engine}/{key.target}",
        facts.latency_unit or "",
        is_deterministic(facts.timing_kind or ""),
        compare_outputs(now.outputs, before.outputs),
        tuple(LayerPair(old.get(i, NOTHING), new.get(i, NOTHING)) for i in sorted(old | new)),
    )


def _measured(layers: Sequence[LayerFacts]) -> dict[int, LayerFacts]:
    """Return by index the layers with figures: a kernel may compute those that follow it, too."""
    return {layer.index: layer for layer in layers if (layer.count, layer.output) != (None, None)}
