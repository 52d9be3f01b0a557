#!/usr/bin/env bash
# LiteRT 2.3.0 (`ai-edge-litert`): the reference kernel of SUM reads int8 values as uint8.
#
# One would guess: OpResolverType.BUILTIN_REF, the slow and plain kernels, is the reference by which
# the optimised ones are judged, so where they differ the reference is right.
# Seen: for an int8 SUM of (-3, -5) with scale 1 and zero point 0 the reference kernel gives -1: 253 and
# 251 are summed, clamped to 255 and stored as int8. The optimised kernel and TensorFlow Lite Micro's
# give -8. A network that sums negative values answers -1 always with BUILTIN_REF.
# Output seen: "reference -1, optimised -8, TensorFlow Lite Micro -8"
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


def tensor(shape: list[int], kind: int, buffer: int) -> schema.TensorT:
    """A tensor with scale 1 and zero point 0."""
    made = schema.TensorT()
    made.shape, made.type, made.buffer, made.name = shape, kind, buffer, b"t"
    made.quantization = schema.QuantizationParametersT()
    made.quantization.scale, made.quantization.zeroPoint = [1.0], [0]
    return made


def model() -> bytes:
    """SUM over the second axis of int8 (1, 2)."""
    empty, axis = schema.BufferT(), schema.BufferT()
    axis.data = np.frombuffer(np.int32(1).tobytes(), np.uint8)
    int8, int32 = schema.TensorType.INT8, schema.TensorType.INT32
    code = schema.OperatorCodeT()
    code.builtinCode = code.deprecatedBuiltinCode = schema.BuiltinOperator.SUM
    code.version = 2
    total = schema.OperatorT()
    total.inputs, total.outputs = [0, 1], [2]
    total.builtinOptionsType = schema.BuiltinOptions.ReducerOptions
    total.builtinOptions = schema.ReducerOptionsT()
    graph = schema.SubGraphT()
    graph.tensors = [tensor([1, 2], int8, 0), tensor([1], int32, 1), tensor([1], int8, 0)]
    graph.inputs, graph.outputs, graph.operators = [0], [2], [total]
    whole = schema.ModelT()
    whole.version, whole.operatorCodes = 3, [code]
    whole.subgraphs, whole.buffers = [graph], [empty, axis]
    builder = flatbuffers.Builder(1024)
    builder.Finish(whole.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def litert(resolver: OpResolverType, x: np.ndarray) -> int:
    """The sum by LiteRT's kernels."""
    interpreter = Interpreter(model_content=model(), experimental_op_resolver_type=resolver)
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], x)
    interpreter.invoke()
    return int(interpreter.get_tensor(interpreter.get_output_details()[0]["index"]).item())


x = np.array([[-3, -5]], np.int8)
micro = runtime.Interpreter.from_bytes(model())
micro.set_input(x, 0)
micro.invoke()
seen = (
    litert(OpResolverType.BUILTIN_REF, x),
    litert(OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES, x),
    int(micro.get_output(0).item()),
)
print("reference %d, optimised %d, TensorFlow Lite Micro %d" % seen)
assert seen == (-1, -8, -8), "the behaviour has changed"
PYTHON
