#!/usr/bin/env bash
# PyPI package `tflite` 2.18.0: OperatorCode.BuiltinCode() is not the field `builtin_code`.
#
# One would guess: the accessor returns the field of that name, as every other accessor does, and
# the schema's rule (the operator is the maximum of `builtin_code` and `deprecated_builtin_code`)
# is left to the caller.
# Seen: for codes below 127 it returns `deprecated_builtin_code` instead. An operator code that is
# written with `builtin_code` alone (MUL = 18; ai-edge-quantizer writes the operators it adds so, and
# LiteRT and TensorFlow Lite Micro read it as MUL) comes back as 0, which is ADD. max() of both
# accessors does not help: both are 0. The raw field has to be read from the table.
# Output seen: "BuiltinCode() 0, DeprecatedBuiltinCode() 0, raw field 18; of code 150: 150"
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check tflite==2.18.0 flatbuffers==25.12.19 numpy

"$folder/venv/bin/python" - <<'PYTHON'
import flatbuffers
import tflite


def written(code: int) -> tflite.OperatorCode:
    """An operator code that has only `builtin_code`, read back."""
    builder = flatbuffers.Builder(64)
    tflite.OperatorCodeStart(builder)
    tflite.OperatorCodeAddBuiltinCode(builder, code)
    builder.Finish(tflite.OperatorCodeEnd(builder))
    return tflite.OperatorCode.GetRootAs(bytes(builder.Output()), 0)


mul = written(tflite.BuiltinOperator.MUL)
table = mul._tab
raw = table.Get(flatbuffers.number_types.Int32Flags, table.Offset(10) + table.Pos)
seen = (mul.BuiltinCode(), mul.DeprecatedBuiltinCode(), raw, written(150).BuiltinCode())
print("BuiltinCode() %d, DeprecatedBuiltinCode() %d, raw field %d; of code 150: %d" % seen)
assert seen == (0, 0, 18, 150), "the behaviour has changed"
PYTHON
