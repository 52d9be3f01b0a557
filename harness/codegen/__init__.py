"""From a `.tflite` file to C: reader, kernel choice, memory plan and printing."""

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
