import numpy as np
import pytest

from harness.training.sparsity import count_zeros


def test_kernels_count_for_sparsity_and_all_weights_for_parameters() -> None:
    kernels = {
        "conv": [np.array([0.0, 0.0, 0.0, 2.0])],
        "hidden": [np.array([[1.0, 0.0], [3.0, 4.0]]), np.array([0.0, 5.0])],
    }
    found = count_zeros(kernels, [np.zeros(3), np.ones(2)])
    assert found.total == pytest.approx(5 / 10)
    assert found.layers == {"conv": 0.75, "hidden": pytest.approx(2 / 6)}
    assert (found.parameters, found.nonzero_parameters) == (15, 7)


def test_a_model_without_kernels_is_not_sparse() -> None:
    assert count_zeros({}, [np.ones(2)]).total == 0
