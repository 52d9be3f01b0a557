#!/usr/bin/env bash
# LiteRT 2.3.0 (`ai-edge-litert`), TensorFlow Lite Micro of October 2026: what a reset does to variables.
#
# One would guess: reset_all_variables() of LiteRT and reset() of TensorFlow Lite Micro make a model
# forget: a stateful model then answers as a new interpreter does.
# Seen, for a model that adds its input to a tf.Variable (CALL_ONCE, VAR_HANDLE, READ_VARIABLE,
# ASSIGN_VARIABLE) whose first value is 5: LiteRT's reset leaves the variable as it is, TensorFlow Lite
# Micro's sets it to 0, which is not its first value, and never runs the initialisation again. Only a new
# interpreter starts from 5. SVDF's and LSTM's variable tensors are reset by both.
# Output seen: "a new one 6 7, after LiteRT's reset 8, after TensorFlow Lite Micro's reset 1"
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

FLOAT, RESOURCE = schema.TensorType.FLOAT32, schema.TensorType.RESOURCE
KINDS = ("CALL_ONCE", "VAR_HANDLE", "READ_VARIABLE", "ASSIGN_VARIABLE", "ADD")


def tensor(kind: int, buffer: int = 0) -> schema.TensorT:
    made = schema.TensorT()
    made.shape, made.type, made.buffer, made.name = [] if kind == RESOURCE else [1], kind, buffer, b"t"
    return made


def operator(kind: str, inputs: list[int], outputs: list[int], **options: object) -> schema.OperatorT:
    made = schema.OperatorT()
    made.opcodeIndex, made.inputs, made.outputs = KINDS.index(kind), inputs, outputs
    name = {"CALL_ONCE": "CallOnce", "VAR_HANDLE": "VarHandle", "READ_VARIABLE": "ReadVariable"}
    table = name.get(kind, {"ASSIGN_VARIABLE": "AssignVariable", "ADD": "Add"}.get(kind)) + "Options"
    made.builtinOptionsType = getattr(schema.BuiltinOptions, table)
    made.builtinOptions = getattr(schema, f"{table}T")()
    for key, value in options.items():
        setattr(made.builtinOptions, key, value)
    return made


def subgraph(tensors, operators, inputs, outputs) -> schema.SubGraphT:  # noqa: ANN001
    made = schema.SubGraphT()
    made.tensors, made.operators, made.inputs, made.outputs = tensors, operators, inputs, outputs
    return made


def model() -> bytes:
    """The sum of all inputs and of 5."""
    empty, five = schema.BufferT(), schema.BufferT()
    five.data = np.frombuffer(np.float32(5).tobytes(), np.uint8)
    handle = {"sharedName": b"sum", "container": b""}
    main = subgraph(
        [tensor(FLOAT), tensor(RESOURCE), tensor(FLOAT), tensor(FLOAT)],
        [
            operator("CALL_ONCE", [], [], initSubgraphIndex=1),
            operator("VAR_HANDLE", [], [1], **handle),
            operator("READ_VARIABLE", [1], [2]),
            operator("ADD", [2, 0], [3]),
            operator("ASSIGN_VARIABLE", [1, 3], []),
        ],
        [0],
        [3],
    )
    first = subgraph(
        [tensor(RESOURCE), tensor(FLOAT, 1)],
        [operator("VAR_HANDLE", [], [0], **handle), operator("ASSIGN_VARIABLE", [0, 1], [])],
        [],
        [],
    )
    whole = schema.ModelT()
    whole.version, whole.subgraphs, whole.buffers = 3, [main, first], [empty, five]
    whole.operatorCodes = []
    for kind in KINDS:
        code = schema.OperatorCodeT()
        code.builtinCode = getattr(schema.BuiltinOperator, kind)
        code.deprecatedBuiltinCode, code.version = min(code.builtinCode, 127), 1
        whole.operatorCodes.append(code)
    builder = flatbuffers.Builder(1024)
    builder.Finish(whole.Pack(builder), b"TFL3")
    return bytes(builder.Output())


one = np.ones(1, np.float32)
litert = Interpreter(
    model_content=model(), experimental_op_resolver_type=OpResolverType.BUILTIN_REF
)
litert.allocate_tensors()
micro = runtime.Interpreter.from_bytes(model())


def by_litert() -> float:
    litert.set_tensor(litert.get_input_details()[0]["index"], one)
    litert.invoke()
    return float(litert.get_tensor(litert.get_output_details()[0]["index"]).item())


def by_micro() -> float:
    micro.set_input(one, 0)
    micro.invoke()
    return float(micro.get_output(0).item())


begun = (by_litert(), by_litert()), (by_micro(), by_micro())
litert.reset_all_variables()
micro.reset()
seen = (*begun[0], by_litert(), by_micro())
print("a new one %g %g, after LiteRT's reset %g, after TensorFlow Lite Micro's reset %g" % seen)
assert begun[0] == begun[1], "the two differ before any reset"
assert seen == (6, 7, 8, 1), "the behaviour has changed"
PYTHON
