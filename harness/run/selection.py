"""Samples of a plan's run: those measured on devices, and those of the reference alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from harness.data.sampling import draw
from harness.errors import HarnessError
from harness.plan.plan import Plan
from harness.variants.built import Built
from harness.workload.workload import Workload, reference_outputs


@dataclass(frozen=True)
class Selection:
    """Measured rows of the test split, and rows of the validation split.

    Where a device's outputs equal the reference bit for bit, the reference's outputs to validation
    samples are the device's too. They make comparisons finer and cost no device time. At most as
    many as test samples; none of an anomaly task, whose validation split has no anomalies.
    """

    test: np.ndarray
    validation: np.ndarray

    @classmethod
    def of(cls, plan: Plan, built: Built) -> Selection:
        """Return all rows, or the number in the plan, drawn with its seed."""
        asked = plan.measure.samples
        count = len(built.test_y) if asked == "all" else asked
        test = draw(built.test_y, built.task, count, plan.seed)
        most = 0 if built.task == "anomaly" else len(test)
        return cls(test, draw(built.validation_y, built.task, most, plan.seed))

    def validation_outputs(
        self, workload: Workload, built: Built, cache_dir: Path
    ) -> np.ndarray | None:
        """Return the reference's outputs to the validation rows; None without rows or outputs."""
        if not len(self.validation):
            return None
        try:
            return reference_outputs(workload, built.validation_x[self.validation], cache_dir)
        except HarnessError:  # it answered the test samples: then those alone are compared
            return None
