"""Damaged model files are refused with a typed error: no crash, no hang, no memory blow-up.

`benchmarks/fuzz.py --damaged-files` runs the same for as long as one likes.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.codegen import compile_model
from harness.errors import ModelError
from tests.engine.mutations import memory_limit, mutated, ran_out_of_memory

DATA = Path(__file__).resolve().parents[1] / "data"
GOLDEN = [path.read_bytes() for path in sorted(DATA.glob("*.tflite"))]
MEMORY_BYTES = 256 << 20


@settings(max_examples=200, deadline=5000)
@given(data=st.sampled_from(GOLDEN), seed=st.integers(0, 2**32 - 1))
def test_a_damaged_file_compiles_or_is_refused(data: bytes, seed: int) -> None:
    refused = None
    with memory_limit(MEMORY_BYTES):
        try:
            compile_model(mutated(data, np.random.default_rng(seed)), "damaged")
        except ModelError as error:
            refused = error
    assert refused is None or not ran_out_of_memory(refused)


def test_the_limit_is_felt_and_found_behind_a_model_error() -> None:
    with memory_limit(64 << 20), pytest.raises(MemoryError):
        bytearray(1 << 30)
    wrapped = ModelError("damaged")
    wrapped.__cause__ = MemoryError()
    assert ran_out_of_memory(wrapped)
    assert not ran_out_of_memory(ModelError("damaged"))


def test_mutations_repeat_and_differ_from_the_file() -> None:
    first = [mutated(GOLDEN[0], np.random.default_rng(seed)) for seed in range(20)]
    again = [mutated(GOLDEN[0], np.random.default_rng(seed)) for seed in range(20)]
    assert first == again
    assert len({*first, GOLDEN[0]}) >= 19
