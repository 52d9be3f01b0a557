"""Operators of a library, read from its resolver's header, and their registration."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import BuildError, ModelError
from harness.firmware.library import Library
from harness.tflm.engine import missing_operator
from harness.tflm.resolver import HEADER, OpResolver, register_method

TEXT = """
  TfLiteStatus AddCustom(const char* name, const TFLMRegistration* registration) {
    return kTfLiteOk;
  }
  TfLiteStatus AddBatchMatMul(
      const TFLMRegistration& registration = Register_BATCH_MATMUL()) {
    return AddBuiltin(BuiltinOperator_BATCH_MATMUL, registration, ParseBatchMatMul);
  }
  TfLiteStatus AddDetectionPostprocess() {
    return AddCustom("TFLite_Detection_PostProcess", Register_DETECTION_POSTPROCESS());
  }
  TfLiteStatus AddUnidirectionalSequenceLSTM() { return kTfLiteOk; }
"""


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
def test_what_is_not_builtin_has_no_method_of_its_own(kind: str) -> None:
    assert register_method(kind) is None


@pytest.fixture
def library(tmp_path: Path) -> Library:
    header = tmp_path / "port" / "src" / HEADER
    header.parent.mkdir(parents=True)
    header.write_text(TEXT)
    return Library("Port", "1.2", "ab" * 32, tmp_path)


def test_operators_are_registered_by_the_librarys_own_names(library: Library) -> None:
    kinds = ("BATCH_MATMUL", "CUSTOM TFLite_Detection_PostProcess", "UNIDIRECTIONAL_SEQUENCE_LSTM")
    assert OpResolver.of(library).registrations(kinds) == (
        "AddBatchMatMul",
        "AddDetectionPostprocess",
        "AddUnidirectionalSequenceLSTM",
    )


def test_all_operators_that_a_library_lacks_are_named_at_once(library: Library) -> None:
    wanted = r"has no operator CUMSUM, CUSTOM Mine in the library Port 1\.2 \(abababababab\)"
    with pytest.raises(ModelError, match=wanted):
        OpResolver.of(library).registrations(("CUMSUM", "BATCH_MATMUL", "CUSTOM Mine"))


def test_without_a_header_the_compiler_says_what_is_missing(tmp_path: Path) -> None:
    for storage in (None, tmp_path):
        resolver = OpResolver.of(Library("Port", "1", "ab" * 32, storage))
        assert resolver.registrations(("CUMSUM",)) == ("AddCumSum",)
        with pytest.raises(ModelError, match="has no operator CUSTOM Mine in"):
            resolver.registrations(("CUSTOM Mine",))
    found = missing_operator(BuildError("error: 'class R' has no member named 'AddCumSum'"))
    assert "has no operator CumSum" in str(found)
    assert missing_operator(BuildError("error: something else")) is None
