from io import BytesIO
from pathlib import Path

import numpy as np
import pytest

from harness.codegen import compile_model, read_model
from harness.durable import write_sealed
from harness.errors import DataError
from harness.workload.choice import rank
from harness.workload.fitting import fit_inputs
from harness.workload.workload import prepare

DATA = Path(__file__).parents[1] / "data"


def tflite(name: str) -> bytes:
    return (DATA / f"{name}.tflite").read_bytes()


def test_real_samples_are_quantised_by_the_models_own_scale() -> None:
    compiled = compile_model(tflite("digits_int8"), "m")
    scale, zero = compiled.input.scale, compiled.input.zero_point
    assert scale is not None
    assert zero is not None
    steps = np.arange(64, dtype=np.float32).reshape(1, 8, 8, 1)
    inputs = fit_inputs(steps * np.float32(scale), compiled)
    assert inputs.dtype == np.int8
    assert inputs.ravel().tolist() == [zero + step for step in range(64)]


def test_raw_samples_are_taken_as_they_are() -> None:
    compiled = compile_model(tflite("digits_int8"), "m")
    raw = np.arange(-64, 64, dtype=np.int8).reshape(2, 64)
    assert (fit_inputs(raw, compiled).reshape(2, 64) == raw).all()


@pytest.mark.parametrize(
    ("samples", "message"),
    [
        (np.zeros((3, 63), np.float32), r"samples of shape \(63,\) do not fit"),
        (np.zeros((), np.float32), r"do not fit"),
        (np.full((1, 64), np.nan, np.float32), "hold NaN, infinity"),
        (np.full((1, 64), 1e300), "values beyond float32"),
    ],
)
@pytest.mark.parametrize("model", ["digits_int8", "digits_float32"])
def test_unfit_samples_are_refused(model: str, samples: np.ndarray, message: str) -> None:
    with pytest.raises(DataError, match=message):
        fit_inputs(samples, compile_model(tflite(model), "m"))


def test_the_reference_is_kept_by_content(tmp_path: Path) -> None:
    samples = np.random.default_rng(0).uniform(0, 1, (3, 8, 8, 1)).astype(np.float32)

    def again(count: int) -> np.ndarray:
        return prepare(
            variant="v",
            dtype="int8",
            tflite=tflite("digits_int8"),
            samples=samples[:count],
            cache_dir=tmp_path,
        ).reference

    first = again(3)
    assert first.shape == (3, 10)
    assert first.dtype == np.int8
    chosen = rank(read_model(tflite("digits_int8")))[0].authority
    kept = list((tmp_path / "reference").glob(f"{chosen.name}-*.sealed"))
    assert len(kept) == 1
    assert len(list((tmp_path / "reference").iterdir())) == 2  # the other one's
    other = BytesIO()
    np.save(other, first + 1)
    write_sealed(kept[0], other.getvalue())
    assert (again(3) == first + 1).all()
    assert (again(2) == first[:2]).all()
    for damaged in (b"", b"\x93NUMPY\x01", kept[0].read_bytes()[:-1] + b"\0"):
        kept[0].write_bytes(damaged)
        assert (again(3) == first).all()


def test_kernels_are_chosen_for_the_core_and_all_else_stays(tmp_path: Path) -> None:
    samples = np.random.default_rng(0).uniform(0, 1, (2, 8, 8, 1)).astype(np.float32)
    generic = prepare(
        variant="v",
        dtype="int8",
        tflite=tflite("digits_sparse_int8"),
        samples=samples,
        cache_dir=tmp_path,
    )
    uno = generic.for_core("avr5")
    kernels = [op.kernel for op in uno.compiled.ops]
    assert kernels == [
        op.kernel for op in compile_model(tflite("digits_sparse_int8"), "x", core="avr5").ops
    ]
    assert any("cycles" in op.reason for op in uno.compiled.ops)
    assert all("cycles" not in op.reason for op in generic.compiled.ops)
    assert uno.reference is generic.reference
    assert uno.compiled.crc32 == generic.compiled.crc32
