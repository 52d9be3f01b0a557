"""The op resolver and the headers of an image of TFLM."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness.codegen import compile_model
from harness.errors import ModelError
from harness.tflm.model import HEADER, TflmModel, operators_of, register_method

DATA = Path(__file__).parents[1] / "data"


@pytest.mark.parametrize(
    ("kind", "method"),
    [
        ("ADD", "AddAdd"),
        ("CONV_2D", "AddConv2D"),
        ("DEPTHWISE_CONV_2D", "AddDepthwiseConv2D"),
        ("FULLY_CONNECTED", "AddFullyConnected"),
        ("RELU6", "AddRelu6"),
        ("SPLIT_V", "AddSplitV"),
        ("SELECT_V2", "AddSelectV2"),
        ("L2_POOL_2D", "AddL2Pool2D"),
        ("SPACE_TO_BATCH_ND", "AddSpaceToBatchNd"),
        ("PADV2", "AddPadV2"),
        ("CUMSUM", "AddCumSum"),
        ("BATCH_MATMUL", "AddBatchMatMul"),
        ("UNIDIRECTIONAL_SEQUENCE_LSTM", "AddUnidirectionalSequenceLSTM"),
    ],
)
def test_operators_have_the_resolvers_method_names(kind: str, method: str) -> None:
    assert register_method(kind) == method


@pytest.mark.parametrize("kind", ["CUSTOM MyOp", "operator 4711", "CUSTOM "])
def test_what_is_not_builtin_is_refused(kind: str) -> None:
    with pytest.raises(ModelError, match=f"knows no {kind}"):
        register_method(kind)


def test_only_the_models_own_operators_are_registered_once() -> None:
    tflite = (DATA / "digits_int8.tflite").read_bytes()
    kinds = operators_of(tflite)
    assert kinds == ("CONV_2D", "MAX_POOL_2D", "RESHAPE", "FULLY_CONNECTED", "SOFTMAX")
    model = TflmModel.of(compile_model(tflite, "digits 8"), tflite)
    header = model.files(2048, (("CMSIS_NN", "1"),), "0" * 16)[HEADER]
    assert re.findall(r"\(resolver\)\.(\w+)\(\) == kTfLiteOk", header) == [
        "AddConv2D",
        "AddMaxPool2D",
        "AddReshape",
        "AddFullyConnected",
        "AddSoftmax",
    ]
    assert "#define TFLM_IMAGE_OPERATORS 5u\n" in header
    assert "#ifndef CMSIS_NN\n#define CMSIS_NN 1\n#endif\n" in header
    assert "__attribute__((aligned(16)))" in header
    array = header[header.index("= {") : header.index("};")]
    assert bytes(int(byte, 16) for byte in re.findall(r"0x([0-9a-f]{2})\b", array)) == tflite


def test_the_table_has_the_files_interface_and_the_given_arena() -> None:
    tflite = (DATA / "digits_int8.tflite").read_bytes()
    compiled = compile_model(tflite, "digits 8")
    image = TflmModel.of(compiled, tflite).files(2048, (), "0123456789abcdef")["image.h"]
    assert '#define IMAGE_BUILD_ID "0123456789abcdef"\n' in image
    assert "#define IMAGE_ARENA_BYTES 2048u\n" in image
    assert "#define IMAGE_INPUT_BYTES 64u\n" in image
    head = f'{{"digits_8", 0x{compiled.crc32:08x}u, 64u, 0u, 10u, 0u, 2048u, 0u, '
    assert head + "tflm_run, tflm_reset}" in image
