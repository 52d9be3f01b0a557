"""Choice of the authority for a model file, by the operators in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from harness.codegen import Graph
from harness.errors import AuthorityMissing
from harness.workload.authority import AUTHORITIES, Authority, installed
from harness.workload.exactness import Table, load_table

ROUNDING_LSB = {"int8": 1, "int16": 8}  # what is more is no rounding but another function


@dataclass(frozen=True)
class Candidate:
    """An authority with those operators of a file that it computes otherwise than the engine.

    `rounded`: operators with results at most ROUNDING_LSB apart, an entry for each in the file;
    `wrong`: with greater differences. `tolerance_lsb`: difference of integer outputs that parity
    lets pass, the greatest ones of `rounded` together; `tolerance_abs`: the same of the float32
    output behind a DEQUANTIZE.
    """

    authority: Authority
    rounded: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()
    tolerance_lsb: int = 0
    tolerance_abs: float = 0.0

    @property
    def note(self) -> str:
        """A sentence on what it computes otherwise, "" where there is nothing."""
        parts = []
        if self.rounded:
            named = ", ".join(_counted(self.rounded))
            parts.append(
                f"{self.authority.title} rounds {named} otherwise: up to {self.tolerance_lsb} LSB "
                "are let pass"
            )
        if self.wrong:
            parts.append(f"{self.authority.title} computes {', '.join(_counted(self.wrong))} wrong")
        return "; ".join(parts)


def rank(
    graph: Graph, fixed: Authority | None = None, present: Sequence[Authority] | None = None
) -> list[Candidate]:
    """Return the authorities that are `present` (None: installed), the best for this file first.

    The best has no operator wrong and rounds the fewest otherwise. `fixed` comes first whatever it
    computes. Raises AuthorityMissing where there is none.
    """
    return rank_all([graph], fixed, present)[0]


def rank_all(
    graphs: Sequence[Graph],
    fixed: Authority | None = None,
    present: Sequence[Authority] | None = None,
) -> list[list[Candidate]]:
    """Return `rank` of each graph."""
    known = installed() if present is None else tuple(present)
    if not known:
        raise AuthorityMissing(
            "no reference runtime is installed",
            hint=" or ".join(each.remedy for each in AUTHORITIES),
        )
    table = load_table()

    def key(each: Candidate) -> tuple[bool, int, int]:
        return each.authority != fixed, len(each.wrong), len(each.rounded)

    return [sorted((_candidate(each, graph, table) for each in known), key=key) for graph in graphs]


def quantised(graph: Graph) -> bool:
    """Return True for a model with int8 or int16 activations: there, authorities may differ."""
    return any(graph.tensors[tensor].dtype in ROUNDING_LSB for tensor in graph.activations())


def _candidate(authority: Authority, graph: Graph, table: Table) -> Candidate:
    rounded: list[str] = []
    wrong: list[str] = []
    tolerance = 0
    for operator in graph.operators:
        dtype = graph.tensors[operator.outputs[0]].dtype
        dtype = "int8" if dtype == "uint8" else dtype  # the same arithmetic
        figures = table.get((operator.kind, dtype), {}).get(authority.name)
        if figures is None or not figures.max_lsb:
            continue
        if figures.max_lsb > ROUNDING_LSB[dtype]:
            wrong.append(f"{operator.kind} {dtype}")
        else:
            rounded.append(f"{operator.kind} {dtype}")
            tolerance += figures.max_lsb
    steps = tolerance * _output_step(graph)
    return Candidate(authority, tuple(rounded), tuple(wrong), tolerance, steps)


def _output_step(graph: Graph) -> float:
    """Return the scale of the tensor that the model's last DEQUANTIZE reads, 0 without one."""
    for operator in graph.operators:
        source = graph.tensors[operator.inputs[0]].quantisation
        if operator.kind == "DEQUANTIZE" and operator.outputs[0] in graph.outputs and source:
            return source.scales[0]
    return 0.0


def _counted(names: Sequence[str]) -> list[str]:
    return [
        f"{name} ({number} times)" if number > 1 else name
        for name, number in Counter(names).items()
    ]
