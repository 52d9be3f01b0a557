"""L1: a penalty on |w| that drives weights to zero."""

from __future__ import annotations

from typing import Any, Literal

from harness.pruning.regularised import Regularised


class L1(Regularised):
    """Magnitude pruning after training with an L1 penalty of `strength` on every pruned kernel."""

    method: Literal["l1"]

    def regularizer(self) -> Any:
        """strength · sum of |w|."""
        import tf_keras as keras

        return keras.regularizers.L1(self.strength)
