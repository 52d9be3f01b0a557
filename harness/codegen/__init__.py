"""From a `.tflite` file to C: reader, kernel choice, memory plan and printing.

The names below are imported at their first use: plans and the catalogue need `cores` alone, and
NumPy would double the time that a plan takes to be checked.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.codegen.compiled import CompiledModel, OpInfo, Stage, TensorInfo, compile_model
    from harness.codegen.graph import Graph
    from harness.codegen.image import byte_array_header, render_image, render_layers
    from harness.codegen.reader import read_model

__all__ = [
    "CompiledModel",
    "Graph",
    "OpInfo",
    "Stage",
    "TensorInfo",
    "byte_array_header",
    "compile_model",
    "read_model",
    "render_image",
    "render_layers",
]
_MODULES = {
    "compiled": ("CompiledModel", "OpInfo", "Stage", "TensorInfo", "compile_model"),
    "graph": ("Graph",),
    "image": ("byte_array_header", "render_image", "render_layers"),
    "reader": ("read_model",),
}


def __getattr__(name: str) -> Any:
    for module, names in _MODULES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__} has no attribute {name}")
