"""C text of a library: its interface, its calls, its self-test, its examples."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from harness import __version__
from harness.codegen import TensorInfo
from harness.codegen.calls import C_TYPES
from harness.codegen.write.c_text import float_literal, literals, wrapped
from harness.codegen.write.header import reset_function
from harness.export.shipment import Shipment

TEMPLATES = Path(__file__).with_name("templates")
LICENCE = (
    "/* SPDX-License-Identifier: Apache-2.0\n"
    " * Licensed under the Apache License, Version 2.0: see LICENSE. */"
)
_SUFFIXES = {"int8": "i8", "int16": "i16", "float32": "f32"}


class Texts:
    """Renders the templates for one shipment."""

    def __init__(self, shipment: Shipment) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=False,  # noqa: S701 - C text
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        self._values = _values(shipment)

    def render(self, template: str, **more: Any) -> str:
        """Return the text of one template, without its suffix `.j2`."""
        return self._environment.get_template(f"{template}.j2").render(self._values | more)


def plain(text: str) -> str:
    """Return `text` for a comment or a string of C: printable ASCII without quotes or escapes."""
    return re.sub(r"[^ !#-)+-.0-\[\]-~]", "_", text)


def _values(shipment: Shipment) -> dict[str, Any]:
    compiled, vectors, figures = shipment.compiled, shipment.vectors, shipment.figures
    return {
        "licence": LICENCE,
        "n": shipment.name,
        "N": shipment.name.upper(),
        "title": plain(shipment.title),
        "target": shipment.spec.name,
        "board": plain(shipment.spec.title),
        "core": compiled.core.name,
        "version": __version__,
        "crc32": compiled.crc32,
        "sha256": shipment.sha256,
        "arena_bytes": compiled.arena_bytes,
        "const_bytes": compiled.const_bytes,
        "state": reset_function(shipment.name, compiled.graph) != "0",
        "input": _side("INPUT", compiled.input),
        "output": _side("OUTPUT", compiled.output),
        "classes": [f'"{plain(name)}"' for name in shipment.classes],
        "figures": figures,
        "latency": None if figures is None else f"{figures.latency:.10g}",
        "vectors": len(vectors.inputs),
        "frames": vectors.frames,
        "vector_source": "device" if vectors.source == "device" else "reference",
        "vector_inputs": _array(vectors.inputs),
        "vector_outputs": _array(vectors.outputs),
    }


def _array(values: np.ndarray) -> str:
    return "\n".join(wrapped(literals(values)))


def _side(name: str, tensor: TensorInfo) -> dict[str, Any]:
    """Return what templates say of the input or output."""
    size = int(np.prod(tensor.shape))
    macros = [
        ("DTYPE", f'"{tensor.dtype}"'),
        ("SHAPE", "{" + ", ".join(map(str, tensor.shape)) + "}"),
        ("SIZE", f"{size}u"),
        ("OFFSET", f"{tensor.offset}u"),
    ]
    side: dict[str, Any] = {
        "NAME": name,
        "ctype": C_TYPES[tensor.dtype],
        "suffix": _SUFFIXES[tensor.dtype],
        "size": size,
        "scale": tensor.scale,
        "macros": macros,
    }
    if tensor.scale is not None and tensor.zero_point is not None:
        limits = np.iinfo(tensor.dtype)
        macros += [
            ("SCALE", float_literal(tensor.scale)),
            ("ZERO_POINT", f"({tensor.zero_point})"),
        ]
        side |= {"low": limits.min - tensor.zero_point, "high": limits.max - tensor.zero_point}
    return side
