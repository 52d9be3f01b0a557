"""When the learning rate drops, when training stops, and which weights are left."""

from __future__ import annotations

import numpy as np

from harness.training.convergence import Convergence, NextStep

ON, LOWER, STOP = NextStep.GO_ON, NextStep.LOWER, NextStep.STOP


class Model:
    """Its only weight counts the epochs."""

    def __init__(self) -> None:
        self.epoch = 0

    def get_weights(self) -> list[np.ndarray]:
        return [np.array(self.epoch)]

    def set_weights(self, weights: list[np.ndarray]) -> None:
        self.epoch = int(weights[0])


def run(
    losses: list[float], first: int = 0, patience: int | None = 2
) -> tuple[list[NextStep], int]:
    """The verdicts on epochs with these losses, and the epoch whose weights are left."""
    model = Model()
    convergence = Convergence(model, first=first, patience=patience)
    verdicts = []
    for epoch, loss in enumerate(losses):
        model.epoch = epoch
        verdicts.append(convergence.after(epoch, loss))
        if verdicts[-1] is LOWER:
            assert model.epoch == min(range(first, epoch + 1), key=losses.__getitem__)
    convergence.restore()
    return verdicts, model.epoch


def test_a_plateau_lowers_the_rate_and_a_second_one_stops() -> None:
    assert run([5, 4, 6, 6, 3, 7, 7]) == ([ON, ON, ON, LOWER, ON, ON, STOP], 4)


def test_the_second_plateau_counts_from_the_drop() -> None:
    assert run([5, 6, 6, 6, 6]) == ([ON, ON, LOWER, ON, STOP], 0)


def test_epochs_before_the_first_do_not_count() -> None:
    assert run([1, 1, 9, 8, 9], first=2) == ([ON] * 5, 3)


def test_without_patience_it_never_stops() -> None:
    assert run([1, *[2] * 20], patience=None) == ([ON] * 21, 0)


def test_losses_that_are_no_numbers_leave_the_last_weights() -> None:
    nan = float("nan")
    assert run([nan, nan], patience=None) == ([ON, ON], 1)
