"""Static assertions of generated headers: the engine has to be the one that codegen knows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.codegen.calls import Call
from harness.codegen.engine_constants import C_CONSTANTS
from harness.codegen.structs import Struct


def assertions(calls: Sequence[Call]) -> str:
    """ENGINE_ASSERTs of all constants and of the size of each struct that the calls have."""
    used = {struct.ctype: struct.sizeof() for call in calls for struct in _structs(call)}
    conditions = [
        *(f"{name} == {value}" for name, value in C_CONSTANTS.items()),
        *(f"sizeof({ctype}) == {size}" for ctype, size in sorted(used.items())),
    ]
    return "\n".join(
        ["/* The engine that this header was generated for. */", *map(_assertion, conditions)]
    )


def _structs(call: Call) -> Iterator[type[Struct]]:
    if call.params is not None:
        yield from _with_inner(type(call.params))
    if call.bands:
        yield from _structs(call.bands.add)
    if call.rolling:
        yield from _structs(call.rolling.reader)


def _with_inner(struct: type[Struct]) -> Iterator[type[Struct]]:
    yield struct
    for member in struct.members():
        if isinstance(member.type, type):
            yield from _with_inner(member.type)


def _assertion(condition: str) -> str:
    return f'ENGINE_ASSERT({condition}, "codegen takes it that {condition}");'
