"""Tasks of models, and the one metric of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

Task = Literal["classification", "multilabel", "regression", "anomaly"]
Pooling = Literal["last", "mean", "max"]  # of the outputs to a stream's frames
POOLINGS: tuple[str, ...] = get_args(Pooling)


@dataclass(frozen=True)
class Metric:
    """The figure that stands for a model's quality: the greater the better, 1 at best.

    Columns of tables begin with `name` ("accuracy_device"), `p_column` holds the p value of the
    paired `test` against the original; `interval` says how the 95 % interval was obtained. Figures
    are fractions, written in percent: "97.8 %" and `words`. `trivial`: what a model does that
    learned nothing.
    """

    name: str
    title: str
    noun: str
    p_column: str
    test: str
    interval: str
    words: str
    trivial: str

    @property
    def device(self) -> str:
        """Column of the figure as measured on the device."""
        return f"{self.name}_device"

    def of(self, row: Any, which: str = "device") -> Any:
        """A figure of a table's row: device, low, high, delta, tflite or keras."""
        return getattr(row, f"{self.name}_{which}")

    def p(self, row: Any) -> Any:
        """The p value in a table's row."""
        return getattr(row, self.p_column)


ACCURACY = Metric(
    name="accuracy",
    title="Accuracy",
    noun="accuracy",
    p_column="mcnemar_p",
    test="McNemar's mid-p test",
    interval="Wilson's 95 % interval",
    words="correct",
    trivial="always naming the most frequent class",
)
METRICS: dict[str, Metric] = {
    "classification": ACCURACY,
    "multilabel": ACCURACY,  # a sample is right where all of its labels are
    "regression": Metric(
        name="r2",
        title="R²",
        noun="R²",
        p_column="bootstrap_p",
        test="the paired bootstrap of the difference (2,000 draws, fixed seed)",
        interval="a 95 % interval by bootstrap over the samples (1,000 draws, fixed seed)",
        words="of the variance explained (R²)",
        trivial="always saying the mean",
    ),
    "anomaly": Metric(
        name="auc",
        title="AUC",
        noun="AUC",
        p_column="delong_p",
        test="DeLong's test",
        interval="DeLong's 95 % interval on the logit scale",
        words="AUC",
        trivial="ordering the samples at random",
    ),
}
ALL_METRICS: tuple[Metric, ...] = tuple(dict.fromkeys(METRICS.values()))
