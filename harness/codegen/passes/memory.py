"""Static memory plan: arena offsets of activation tensors, states and scratch memory.

Tensors that share memory on purpose (reshapes, in-place results) form one block. States have their
own memory, which is alive in all steps; a value that becomes a state may be computed there. Blocks
are placed greedily, each at the lowest offset that is free during its whole life: the largest first
or, where that needs less memory, in another order (Pisarchyk and Lee, "Efficient memory management
for deep neural net inference", 2020: greedy by size and greedy by breadth). Where gaps remain,
single blocks are placed before all others as long as that makes the arena smaller. A block is as
large as the tensors that are alive: behind a result that was computed in place and is smaller than
its operand, memory is free again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.codegen.calls import ALIAS, Call
from harness.codegen.graph import Graph
from harness.codegen.passes.variable_copies import homes

# Enough for every element type and for word loads; more wastes RAM on small boards.
ALIGNMENT = 4


@dataclass(frozen=True)
class MemoryPlan:
    """Offsets in bytes of activation tensors and states, by tensor, and of scratch, by call."""

    offsets: dict[int, int]
    scratch: dict[int, int]
    arena_bytes: int


@dataclass(frozen=True)
class _Life:
    """Bytes that are in use from step `first` to step `last`."""

    size: int
    first: int
    last: int

    def meets(self, other: _Life) -> bool:
        return self.first <= other.last and other.first <= self.last


@dataclass
class _Block:
    """Tensors that share memory; without tensors the scratch memory of call `first`."""

    tensors: list[int]
    lives: list[_Life]

    def __post_init__(self) -> None:
        self._measure()

    def _measure(self) -> None:
        self.size = max(life.size for life in self.lives)
        self.first = min(life.first for life in self.lives)
        self.last = max(life.last for life in self.lives)

    def add(self, tensor: int, life: _Life) -> None:
        """Add a tensor that lies over the others."""
        self.tensors.append(tensor)
        last = self.lives[-1]
        if last.size == life.size and life.first <= last.last + 1:
            self.lives[-1] = _Life(last.size, last.first, max(last.last, life.last))
        else:
            self.lives.append(life)
        self._measure()

    def at(self, step: int) -> int:
        """Return the bytes in use at a step."""
        alive = (life.size for life in self.lives if life.first <= step <= life.last)
        return max(alive, default=0)


def plan_memory(graph: Graph, calls: Sequence[Call], *, keep_all: bool = False) -> MemoryPlan:
    """Place all activation tensors; with `keep_all` none is overwritten by another."""
    blocks = _with_scratch(graph, calls, keep_all=keep_all)
    orders = [order(blocks) for order in (_by_size, _by_breadth, _by_start)]
    least = max(_live(blocks, len(calls)))
    return min((_improved(order, least) for order in orders), key=lambda plan: plan.arena_bytes)


def live_bytes(graph: Graph, calls: Sequence[Call]) -> list[int]:
    """Return the bytes in use while each call runs; the greatest is a lower bound of the arena."""
    return sorted(_live(_with_scratch(graph, calls, keep_all=False), len(calls)), reverse=True)


def _live(blocks: list[_Block], calls: int) -> list[int]:
    """Return the bytes in use before the first call and while each call runs."""
    return [sum(block.at(step) for block in blocks) for step in range(-1, calls)]


def _with_scratch(graph: Graph, calls: Sequence[Call], *, keep_all: bool) -> list[_Block]:
    scratch = [
        _Block([], [_Life(call.scratch_bytes, step, step)])
        for step, call in enumerate(calls)
        if call.scratch_bytes
    ]
    return _blocks(graph, calls, keep_all=keep_all) + scratch


def _last_uses(graph: Graph, calls: Sequence[Call], *, keep_all: bool) -> dict[int, int]:
    """Return the last step that needs a tensor, by tensor."""
    last_use = dict.fromkeys((*graph.activations(), *graph.states()), -1)
    for step, call in enumerate(calls):
        for tensor in (*call.inputs, call.output):
            last_use[tensor] = step
    for tensor in last_use if keep_all else (*graph.outputs, *graph.states()):
        last_use[tensor] = len(calls)
    return last_use


def _blocks(graph: Graph, calls: Sequence[Call], *, keep_all: bool) -> list[_Block]:
    last_use = _last_uses(graph, calls, keep_all=keep_all)
    placed = homes(graph, calls)
    blocks: list[_Block] = []
    block_of: dict[int, _Block] = {}

    def life(tensor: int, first: int) -> _Life:
        return _Life(graph.tensors[tensor].bytes, first, last_use[tensor])

    def add(tensor: int, first: int) -> None:
        block = _Block([tensor], [life(tensor, first)])
        block_of[tensor] = block
        blocks.append(block)

    # written before the first call: the input by the caller, states by the previous run
    for tensor in (*graph.inputs, *graph.states()):
        add(tensor, -1)
    for step, call in enumerate(calls):
        if call.output in block_of:  # a further piece of a concatenation
            continue
        shared = [block_of[t] for t in call.inputs if call.kernel == ALIAS]
        if call.output in placed:
            shared = [block_of[placed[call.output]]]
        if not shared and not keep_all:
            shared = [
                block_of[t]
                for t in call.in_place
                if block_of[t].last <= step
                and graph.tensors[t].bytes >= graph.tensors[call.output].bytes
            ]
        if shared:
            shared[0].add(call.output, life(call.output, step))
            block_of[call.output] = shared[0]
        else:
            add(call.output, step)
    return blocks


def _by_size(blocks: list[_Block]) -> list[_Block]:
    return sorted(blocks, key=lambda b: (-b.size, b.first))


def _by_start(blocks: list[_Block]) -> list[_Block]:
    return sorted(blocks, key=lambda b: (b.first, -b.size))


def _by_breadth(blocks: list[_Block]) -> list[_Block]:
    """Return the blocks of the step that needs the most memory, then those of the next one."""
    steps = {block.first for block in blocks}
    alive = {step: [b for b in blocks if b.first <= step <= b.last] for step in steps}
    ordered: list[_Block] = []
    for step in sorted(steps, key=lambda s: (-sum(b.at(s) for b in alive[s]), s)):
        ordered += [b for b in _by_size(alive[step]) if not any(b is o for o in ordered)]
    return ordered


def _improved(order: list[_Block], least: int) -> MemoryPlan:
    """Return the best plan with single blocks placed first; stop at `least`, the lower bound."""
    best = _placed(order)
    while best.arena_bytes > least:
        moved = [[order[i], *order[:i], *order[i + 1 :]] for i in range(1, len(order))]
        plans = [(_placed(each), each) for each in moved]
        plan, other = min(plans, key=lambda each: each[0].arena_bytes, default=(best, order))
        if plan.arena_bytes >= best.arena_bytes:
            break
        best, order = plan, other
    return best


def _placed(blocks: list[_Block]) -> MemoryPlan:
    placed: list[tuple[_Block, int]] = []
    for block in blocks:
        placed.append((block, _lowest_gap(block, placed)))
    return MemoryPlan(
        offsets={tensor: offset for block, offset in placed for tensor in block.tensors},
        scratch={block.first: offset for block, offset in placed if not block.tensors},
        arena_bytes=max(offset + block.size for block, offset in placed),
    )


def _lowest_gap(block: _Block, placed: list[tuple[_Block, int]]) -> int:
    taken = sorted(
        (start - mine.size, start + others.size)
        for other, start in placed
        if block.first <= other.last and other.first <= block.last
        for mine in block.lives
        for others in other.lives
        if mine.meets(others)
    )
    offset = 0
    for low, high in taken:  # offsets between these two make the blocks overlap
        if offset <= low:
            break
        offset = max(offset, _aligned(high))
    return offset


def _aligned(size: int) -> int:
    return -(-size // ALIGNMENT) * ALIGNMENT
