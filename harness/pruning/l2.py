"""L2: a penalty on w² that shrinks large weights, not to zero."""

from __future__ import annotations

from typing import Any, Literal

from harness.pruning.regularised import Regularised


class L2(Regularised):
    """Magnitude pruning after training with an L2 penalty of `strength` on every pruned kernel."""

    method: Literal["l2"]

    def regularizer(self) -> Any:
        """strength · sum of w²."""
        import tf_keras as keras

        return keras.regularizers.L2(self.strength)
