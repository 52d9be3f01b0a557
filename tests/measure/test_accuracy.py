import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, binomtest

from harness.measure.accuracy import accuracy, confusion_matrix, mcnemar, predictions, wilson


def test_predictions_take_the_first_greatest_element() -> None:
    outputs = np.array([[[1, 5, 5]], [[-128, -128, -128]], [[0, 1, 2]]], dtype=np.int8)
    assert predictions(outputs).tolist() == [1, 0, 2]


@pytest.mark.parametrize(
    ("correct", "n", "low", "high"),
    [  # Newcombe 1998, Statistics in Medicine 17:857, table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilsons_interval_as_published(correct: int, n: int, low: float, high: float) -> None:
    found = wilson(correct, n)
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)
    assert found.value == correct / n


@given(st.integers(1, 2000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilsons_interval_is_scipys_and_holds_the_proportion(pair: tuple[int, int]) -> None:
    correct, n = pair
    found = wilson(correct, n)
    other = binomtest(correct, n).proportion_ci(0.95, method="wilson")
    assert found.low == pytest.approx(other.low, abs=1e-12)
    assert found.high == pytest.approx(other.high, abs=1e-12)
    assert 0 <= found.low <= found.value <= found.high <= 1


@pytest.mark.parametrize(("correct", "n"), [(0, 0), (3, 2), (-1, 5)])
def test_what_is_no_proportion_is_refused(correct: int, n: int) -> None:
    with pytest.raises(ValueError, match="no proportion"):
        wilson(correct, n)


def test_accuracy_counts_matches() -> None:
    found = accuracy(np.array([1, 2, 3, 4]), np.array([1, 2, 0, 4]))
    assert (found.correct, found.n, found.value) == (3, 4, 0.75)


def paired(both: int, gained: int, lost: int) -> tuple[np.ndarray, np.ndarray]:
    mine = [True] * both + [True] * gained + [False] * lost
    other = [True] * both + [False] * gained + [True] * lost
    return np.array(mine), np.array(other)


@pytest.mark.parametrize(
    ("gained", "lost", "p"),
    [
        (0, 0, 1.0),
        (1, 0, 1 / 2),  # (2 * 0 + 1) / 2
        (1, 1, 3 / 4),  # 1 - (2 / 4) / 2
        (0, 6, 1 / 64),
        (1, 9, 12 / 1024),  # (2 * 1 + 10) / 2**10
        (10, 2, 92 / 4096),  # (2 * (1 + 12) + 66) / 2**12
    ],
)
def test_mcnemars_mid_p_worked_out_by_hand(gained: int, lost: int, p: float) -> None:
    assert mcnemar(*paired(30, gained, lost)) == pytest.approx(p)


@pytest.mark.parametrize(
    ("gained", "lost", "p"),
    [(1, 7, 0.039), (6, 16, 0.0347)],  # Fagerland, Lydersen and Laake 2013, table 3
)
def test_mcnemars_mid_p_as_published(gained: int, lost: int, p: float) -> None:
    assert mcnemar(*paired(100, gained, lost)) == pytest.approx(p, abs=5e-5 if p < 0.035 else 5e-4)


@given(st.integers(0, 300), st.integers(0, 300))
def test_mcnemar_is_the_binomial_test_less_half_of_what_was_seen(gained: int, lost: int) -> None:
    mine, other = paired(5, gained, lost)
    p = mcnemar(mine, other)
    assert p == mcnemar(other, mine)
    assert 0 <= p <= 1
    if gained + lost:
        n = gained + lost
        seen = binom.pmf(gained, n, 0.5)
        half = seen if gained != lost else seen / 2
        assert p == pytest.approx(binomtest(gained, n, 0.5).pvalue - half)


def test_mid_p_errs_less_often_than_it_says_by_exact_enumeration() -> None:
    """Over all outcomes of 40 samples with equal gains and losses of 2 to 20 %."""
    for share in (0.02, 0.05, 0.1, 0.2):
        wrong = sum(
            binom.pmf(n, 40, 2 * share) * binom.pmf(gained, n, 0.5)
            for n in range(41)
            for gained in range(n + 1)
            if mcnemar(*paired(1, gained, n - gained)) <= 0.05
        )
        assert wrong <= 0.05


def test_confusion_rows_are_true_and_columns_predicted() -> None:
    matrix = confusion_matrix(np.array([0, 2, 2, 1]), np.array([0, 1, 1, 1]), 3)
    assert matrix.tolist() == [[1, 0, 0], [0, 1, 2], [0, 0, 0]]


def test_a_label_beyond_the_classes_widens_the_matrix() -> None:
    matrix = confusion_matrix(np.array([0, 1]), np.array([0, 4]), 2)
    assert matrix.shape == (5, 5)
    assert matrix[4, 1] == 1
    assert matrix.sum() == 2
