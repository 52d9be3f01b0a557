"""C numbers and structs: members of a parameter struct, their order and size in flash."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cache
from typing import Annotated, Any, ClassVar, get_type_hints


@dataclass(frozen=True)
class CType:
    """A C number type: its name and size in bytes."""

    name: str
    bytes: int

    def sizeof(self) -> int:
        """Size in bytes."""
        return self.bytes

    def alignment(self) -> int:
        """Alignment in bytes on the core with the strictest alignment: the size."""
        return self.bytes


INT8 = CType("int8_t", 1)
INT16 = CType("int16_t", 2)
UINT16 = CType("uint16_t", 2)
INT32 = CType("int32_t", 4)
UINT32 = CType("uint32_t", 4)
FLOAT = CType("float", 4)

Int8 = Annotated[int, INT8]
Int16 = Annotated[int, INT16]
UInt16 = Annotated[int, UINT16]
Int32 = Annotated[int, INT32]
UInt32 = Annotated[int, UINT32]
Float32 = Annotated[float, FLOAT]

INT16_MAX = (1 << 15) - 1
UINT16_MAX = (1 << 16) - 1


@dataclass(frozen=True)
class Struct:
    """A struct of the engine; subclasses are frozen dataclasses with the C struct's fields.

    `ctype` is the C name, empty for classes that only hold the common head of several structs.
    """

    ctype: ClassVar[str] = ""

    def __init_subclass__(cls, ctype: str = "") -> None:
        cls.ctype = ctype

    @classmethod
    @cache
    def members(cls) -> tuple[Member, ...]:
        """Return the members in C's order. Raises TypeError where C would pad between two of them.

        Cores align numbers differently; only structs without padding have the same layout
        on all cores.
        """
        hints = get_type_hints(cls, include_extras=True)
        found: list[Member] = []
        end = 0
        for field in fields(cls):
            hint = hints[field.name]
            kind: CType | type[Struct] = hint if isinstance(hint, type) else hint.__metadata__[0]
            if end % kind.alignment():
                raise TypeError(f"{cls.__name__}.{field.name} is not aligned at byte {end}")
            found.append(Member(field.name, kind, end))
            end += kind.sizeof()
        return tuple(found)

    @classmethod
    @cache
    def sizeof(cls) -> int:
        """Return the size in bytes on all cores. Raises TypeError where C would pad the end."""
        last = cls.members()[-1]
        size = last.offset + last.type.sizeof()
        if size % cls.alignment():
            raise TypeError(f"{cls.__name__} ends at byte {size}")
        return size

    @classmethod
    def alignment(cls) -> int:
        """The strictest alignment of the members, in bytes."""
        return max(member.type.alignment() for member in cls.members())

    def values(self) -> Iterator[tuple[Member, Any]]:
        """Return every member with its value, in C's order."""
        return ((member, getattr(self, member.name)) for member in self.members())


@dataclass(frozen=True)
class Member:
    """A member of a struct: a number or another struct, at `offset` bytes."""

    name: str
    type: CType | type[Struct]
    offset: int
