import numpy as np
import pytest

from harness.measure.parity import compare_outputs


def test_int8_differences_are_steps_and_do_not_wrap() -> None:
    device = np.array([[127, 0], [-128, 5], [1, 9]], dtype=np.int8)
    reference = np.array([[-128, 0], [-128, 5], [9, 1]], dtype=np.int8)
    found = compare_outputs(device, reference)
    assert (found.n, found.max_lsb, found.max_abs) == (3, 255, None)
    assert found.argmax == pytest.approx(1 / 3)


def test_equal_outputs_differ_by_nothing() -> None:
    same = np.array([[1, 2]], dtype=np.int8)
    assert (compare_outputs(same, same).argmax, compare_outputs(same, same).max_lsb) == (1.0, 0)


def test_float_differences_are_absolute() -> None:
    device = np.array([[0.5, 0.25], [0.1, 0.9]], dtype=np.float32)
    reference = np.array([[0.5, 0.25], [0.1, 0.8]], dtype=np.float32)
    found = compare_outputs(device, reference)
    assert found.max_lsb is None
    assert found.max_abs == pytest.approx(0.1)
    assert found.argmax == 1.0


@pytest.mark.parametrize(
    ("device", "reference", "worst"),
    [
        (np.nan, 0.5, np.inf),
        (0.5, np.nan, np.inf),
        (np.inf, 0.5, np.inf),
        (np.nan, np.nan, 0.0),
        (np.inf, np.inf, 0.0),
        (np.inf, -np.inf, np.inf),
    ],
)
def test_nan_is_never_taken_for_agreement(device: float, reference: float, worst: float) -> None:
    found = compare_outputs(np.array([[device, 0.0]]), np.array([[reference, 0.0]]))
    assert found.max_abs == worst


@pytest.mark.parametrize(
    ("device", "reference"),
    [
        (np.zeros((2, 3), np.int8), np.zeros((2, 4), np.int8)),
        (np.zeros((2, 3), np.int8), np.zeros((2, 3), np.float32)),
        (np.zeros((0, 3), np.int8), np.zeros((0, 3), np.int8)),
    ],
)
def test_what_cannot_be_compared_is_refused(device: np.ndarray, reference: np.ndarray) -> None:
    with pytest.raises(ValueError, match="cannot be compared"):
        compare_outputs(device, reference)


def test_of_several_outputs_the_worst_is_named() -> None:
    kind = np.dtype([("near", "i1", (2,)), ("far", "i1"), ("real", "f4")])
    reference = np.zeros(2, kind)
    device = reference.copy()
    device["real"] = 0.5
    assert compare_outputs(device, reference).worst == "real"
    device["near"][1, 0], device["far"][0] = 1, -3
    found = compare_outputs(device, reference)
    assert (found.max_lsb, found.max_abs, found.worst) == (3, 0.5, "far")
    assert found.differing == pytest.approx(4 / 8)


def test_a_bool_is_compared_as_a_whole_number() -> None:
    found = compare_outputs(np.array([[True]]), np.array([[False]]))
    assert (found.max_lsb, found.max_abs) == (1, None)
