"""Layout of parameter structs: C's, without padding."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from harness.codegen.structs import STRUCTS, SparseMaxPoolF32Params, Struct
from harness.codegen.structs.base import Int8, Int16, Int32


@dataclass(frozen=True, kw_only=True)
class Inner(Struct, ctype="inner"):
    first: Int16
    second: Int16


@dataclass(frozen=True, kw_only=True)
class Outer(Struct, ctype="outer"):
    count: Int32
    inner: Inner
    small: Int8 = 0
    further: Int8 = 0
    last: Int16


@dataclass(frozen=True, kw_only=True)
class Gap(Struct, ctype="gap"):
    small: Int8
    wide: Int16


@dataclass(frozen=True, kw_only=True)
class ShortEnd(Struct, ctype="short_end"):
    wide: Int32
    small: Int8


def test_members_follow_each_other() -> None:
    places = [(member.name, member.offset, member.type.sizeof()) for member in Outer.members()]
    assert places == [
        ("count", 0, 4), ("inner", 4, 4), ("small", 8, 1), ("further", 9, 1), ("last", 10, 2),
    ]  # fmt: skip
    assert (Outer.sizeof(), Outer.alignment(), Inner.alignment()) == (12, 4, 2)


def test_values_stand_in_the_order_of_c_with_defaults() -> None:
    inner = Inner(second=2, first=1)
    outer = Outer(last=5, inner=inner, count=7)
    assert [value for _, value in outer.values()] == [7, inner, 0, 0, 5]


def test_padding_between_members_is_refused() -> None:
    with pytest.raises(TypeError, match=r"Gap\.wide is not aligned at byte 1"):
        Gap.members()


def test_padding_at_the_end_is_refused() -> None:
    with pytest.raises(TypeError, match="ShortEnd ends at byte 5"):
        ShortEnd.sizeof()


def test_fused_structs_hold_the_inner_one() -> None:
    (conv, pool_h, pool_w) = SparseMaxPoolF32Params.members()
    assert (conv.type.sizeof(), pool_h.offset, pool_w.offset) == (28, 28, 30)


def test_names_in_c_are_unique() -> None:
    names = [struct.ctype for struct in STRUCTS]
    assert len(names) == len(set(names)) == 63
    assert all(name.startswith("engine_") for name in names)
