#!/usr/bin/env bash
# TensorFlow Lite Micro (PyPI wheel `tflite-micro`, October 2026): RELU6 does not rescale.
#
# One would guess: RELU6 as an operator of its own takes its input's scale to its output's, as RELU does
# in the same runtime and as both do in LiteRT.
# Seen: with an input scale of 0.5 and an output scale of 0.25, the int8 value 4 (2.0) becomes 8 (2.0)
# by RELU and stays 4 (1.0) by RELU6. Converters write such a RELU6 behind a concatenation, for
# example; fused into a convolution it is computed right.
# Output seen: "RELU 8, RELU6 4; LiteRT 8, 8"
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    ai-edge-litert==2.3.0 tflite-micro==0.dev20261023182759 flatbuffers==25.12.19 numpy

"$folder/venv/bin/python" - <<'PYTHON'
import flatbuffers
import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from tflite_micro import runtime
from tflite_micro.tensorflow.lite.micro.python import schema_py_generated as schema


def tensor(scale: float) -> schema.TensorT:
    """One int8 value with zero point 0."""
    made = schema.TensorT()
    made.shape, made.type, made.buffer, made.name = [1, 1], schema.TensorType.INT8, 0, b"t"
    made.quantization = schema.QuantizationParametersT()
    made.quantization.scale, made.quantization.zeroPoint = [scale], [0]
    return made


def model(kind: int) -> bytes:
    """The operator between scales 0.5 and 0.25."""
    code = schema.OperatorCodeT()
    code.builtinCode = code.deprecatedBuiltinCode = kind
    code.version = 2
    clamp = schema.OperatorT()
    clamp.inputs, clamp.outputs = [0], [1]
    graph = schema.SubGraphT()
    graph.tensors = [tensor(0.5), tensor(0.25)]
    graph.inputs, graph.outputs, graph.operators = [0], [1], [clamp]
    whole = schema.ModelT()
    whole.version, whole.operatorCodes = 3, [code]
    whole.subgraphs, whole.buffers = [graph], [schema.BufferT()]
    builder = flatbuffers.Builder(1024)
    builder.Finish(whole.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def micro(kind: int, x: np.ndarray) -> int:
    """The output of TensorFlow Lite Micro's kernel."""
    interpreter = runtime.Interpreter.from_bytes(model(kind), arena_size=100_000)
    interpreter.set_input(x, 0)
    interpreter.invoke()
    return int(interpreter.get_output(0).item())


def litert(kind: int, x: np.ndarray) -> int:
    """The output of LiteRT's reference kernel."""
    interpreter = Interpreter(
        model_content=model(kind), experimental_op_resolver_type=OpResolverType.BUILTIN_REF
    )
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], x)
    interpreter.invoke()
    return int(interpreter.get_tensor(interpreter.get_output_details()[0]["index"]).item())


x = np.array([[4]], np.int8)
kinds = (schema.BuiltinOperator.RELU, schema.BuiltinOperator.RELU6)
seen = (*(micro(kind, x) for kind in kinds), *(litert(kind, x) for kind in kinds))
print("RELU %d, RELU6 %d; LiteRT %d, %d" % seen)
assert seen == (8, 4, 8, 8), "the behaviour has changed"
PYTHON
