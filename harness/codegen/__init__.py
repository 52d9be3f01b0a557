"""From a `.tflite` file to C: reader, kernel choice, memory plan and printing.

Names are imported at their first use: `codegen.cores`, which the catalogue of boards reads, has to
load without numpy.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.codegen.compiled import CompiledModel, OpInfo, Stage, compile_model
    from harness.codegen.graph import Graph
    from harness.codegen.image import byte_array_header, render_image, render_layers, render_linked
    from harness.codegen.interface import Interface, TensorInfo
    from harness.codegen.modelled import ModelCost, modelled_cost, modelled_time
    from harness.codegen.reader import read_model
else:

    def __getattr__(name: str) -> object:
        module = _MODULES.get(name)
        if module is None:
            raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
        return getattr(import_module(f"{__name__}.{module}"), name)


_MODULES = {
    "CompiledModel": "compiled",
    "Graph": "graph",
    "Interface": "interface",
    "ModelCost": "modelled",
    "OpInfo": "compiled",
    "Stage": "compiled",
    "TensorInfo": "interface",
    "byte_array_header": "image",
    "compile_model": "compiled",
    "modelled_cost": "modelled",
    "modelled_time": "modelled",
    "read_model": "reader",
    "render_image": "image",
    "render_layers": "image",
    "render_linked": "image",
}
__all__ = [
    "CompiledModel",
    "Graph",
    "Interface",
    "ModelCost",
    "OpInfo",
    "Stage",
    "TensorInfo",
    "byte_array_header",
    "compile_model",
    "modelled_cost",
    "modelled_time",
    "read_model",
    "render_image",
    "render_layers",
    "render_linked",
]
