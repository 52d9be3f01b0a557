"""Files that no kernels could ever run are refused with their true reason, all reasons at once."""

from __future__ import annotations

import pytest

from harness.codegen import compile_model, read_model
from harness.errors import ModelError
from tests.engine.tflite_builder import TfliteBuilder


def chain(*kinds: str, dtype: str = "float32", signatures: tuple[str, ...] = ()) -> bytes:
    """Operators one behind the other."""
    b = TfliteBuilder(signatures=signatures)
    tensors = [b.tensor(dtype, (1, 4)) for _ in range(len(kinds) + 1)]
    for place, kind in enumerate(kinds):
        b.operator(kind, tensors[place : place + 1], tensors[place + 1 : place + 2])
    b.inputs, b.outputs = tensors[:1], tensors[-1:]
    return b.build()


@pytest.mark.parametrize(
    ("data", "reason", "hint"),
    [
        (chain("CUSTOM ethos-u"), "a program for an Arm Ethos-U", "before Vela"),
        (chain("CUSTOM edgetpu-custom-op"), "a program for a Coral Edge TPU", "its compiler"),
        (chain("WHILE"), r"control flow \(WHILE\)", "unroll"),
        (chain("IF", "WHILE"), r"control flow \(IF, WHILE\)", "unroll"),
        (chain("TANH", signatures=("infer", "score")), r"2 signatures \(infer, score\)", "single"),
    ],
)
def test_the_reason_is_the_true_one(data: bytes, reason: str, hint: str) -> None:
    with pytest.raises(ModelError, match=reason) as caught:
        read_model(data)
    assert hint in caught.value.hint


def test_all_reasons_of_a_file_are_named() -> None:
    with pytest.raises(ModelError) as caught:
        read_model(chain("WHILE", "CUSTOM ethos-u"))
    assert "Ethos-U" in caught.value.what
    assert "WHILE" in caught.value.what


def test_interface_and_operators_are_refused_together() -> None:
    with pytest.raises(ModelError) as caught:
        compile_model(chain("ATAN2", dtype="int64"), "m")
    assert "tensor 0 (t0) as input or output: int64" in caught.value.what
    assert "op 0 ATAN2: no kernel for this operator" in caught.value.what


def test_other_custom_operators_are_named() -> None:
    with pytest.raises(ModelError, match="op 0 CUSTOM my_op: no kernel for this operator"):
        compile_model(chain("CUSTOM my_op"), "m")


def test_one_signature_is_usual() -> None:
    assert compile_model(chain("TANH", signatures=("serving_default",)), "m").ops[0].kind == "TANH"
