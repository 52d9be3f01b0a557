"""Printer of the table of tensors in image.h, of images with a model of several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Places:
    """Bytes and offset of each input and of each output of an entry of the table of models."""

    inputs: tuple[tuple[int, int], ...]
    outputs: tuple[tuple[int, int], ...]

    @property
    def single(self) -> bool:
        """True of one input and one output, which an engine_model holds itself."""
        return len(self.inputs) == len(self.outputs) == 1


def tensor_table(entries: Sequence[Places]) -> tuple[dict[str, str], list[str]]:
    """Return macros and definitions of image.h; none where every entry is single."""
    if all(entry.single for entry in entries):
        return {}, []
    tensors: list[str] = []
    interfaces: list[str] = []
    for entry in entries:
        interfaces.append(f"    {{{len(tensors)}u, {len(entry.inputs)}u, {len(entry.outputs)}u}}")
        places = (*entry.inputs, *entry.outputs)
        tensors += [f"    {{{size}u, {offset}u}}" for size, offset in places]
    return {"IMAGE_TENSORS": str(len(tensors))}, [
        _array("engine_tensor", "image_tensors", tensors),
        _array("engine_interface", "image_interfaces", interfaces),
    ]


def _array(ctype: str, name: str, items: Sequence[str]) -> str:
    rows = ",\n".join(items)
    return f"static const {ctype} {name}[{len(items)}] ENGINE_FLASH = {{\n{rows},\n}};"
