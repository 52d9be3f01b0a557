"""The op resolver and the headers of an image of TFLM."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness.codegen import read_model
from harness.errors import ModelError
from harness.tflm.model import HEADER, Layers, Registered, TflmModel, operators_of
from harness.tflm.resolver import OpResolver
from harness.workload.model_facts import ModelFacts, model_facts
from tests.codegen.test_resources import running_sum

DATA = Path(__file__).parents[1] / "data"
NOTHING = Registered((), ())


def facts(tflite: bytes) -> ModelFacts:
    return model_facts(tflite, read_model(tflite), "digits 8")


def test_only_the_models_own_operators_are_registered_once() -> None:
    tflite = (DATA / "digits_int8.tflite").read_bytes()
    kinds = operators_of(read_model(tflite))
    assert kinds == ("CONV_2D", "MAX_POOL_2D", "RESHAPE", "FULLY_CONNECTED", "SOFTMAX")
    model = TflmModel.of(facts(tflite), tflite)
    methods = OpResolver("any").registrations(model.operators)
    library = Registered((("CMSIS_NN", "1"),), methods)
    header = model.files(2048, library, None, "0" * 16)[HEADER]
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
    image = TflmModel.of(facts(tflite), tflite).files(2048, NOTHING, None, "0123456789abcdef")[
        "image.h"
    ]
    assert '#define IMAGE_BUILD_ID "0123456789abcdef"\n' in image
    assert "#define IMAGE_ARENA_BYTES 2048u\n" in image
    assert "#define IMAGE_INPUT_BYTES 64u\n" in image
    head = f'{{"digits_8", 0x{facts(tflite).crc32:08x}u, 64u, 0u, 10u, 0u, 2048u, 0u, '
    assert head + "tflm_run, tflm_reset}" in image


def test_an_image_with_layers_has_an_entry_for_each_operator() -> None:
    tflite = (DATA / "digits_int8.tflite").read_bytes()
    model = TflmModel.of(facts(tflite), tflite)
    times = model.files(2048, NOTHING, Layers(3), "0" * 16)
    assert times["image.h"].count("64u, 0u, 10u, 0u, 2048u, 0u, tflm_run, tflm_reset}") == 1
    assert times["image.h"].count("64u, 0u, 10u, 0u, 2048u, 0u, tflm_ran, 0}") == 2
    assert "#define IMAGE_TFLM_LAYERS 1\n" in times["image.h"]
    assert "#define TFLM_IMAGE_LAYERS 3u\n" in times[HEADER]
    assert "TFLM_IMAGE_TENSORS" not in times[HEADER]
    kept = model.files(2048, NOTHING, Layers(2, ((7, 96), (9, 10))), "0" * 16)
    assert "64u, 0u, 96u, 0u, 2048u, 0u, tflm_run, tflm_reset}" in kept["image.h"]
    assert "#define TFLM_IMAGE_TENSORS {7, 9}\n" in kept[HEADER]
    assert "#define TFLM_IMAGE_TENSOR_BYTES {96u, 10u}\n" in kept[HEADER]


def test_resource_variables_are_refused_by_name() -> None:
    tflite = running_sum()
    with pytest.raises(ModelError, match="hold no resource variables, this model has 1: sum"):
        TflmModel.of(facts(tflite), tflite)
