"""The columns of results.csv after the contract, in the order in which they were added."""

from __future__ import annotations

from harness.results.columns.column import BYTES, FRACTION, LATENCY, Column
from harness.results.columns.scores import of_other_metrics, scored
from harness.results.columns.stored import of_cell, of_model
from harness.results.figures import CellFigures

DETAILS: tuple[Column[CellFigures], ...] = (
    scored("low"),
    scored("high"),
    scored("delta"),
    scored("p"),
    Column(
        "parity_max_abs",
        "float64",
        "greatest absolute difference from the `authority`'s, float outputs only; `inf` where one "
        "side is not a number (null in JSON, which has no infinity)",
        lambda cell: cell.parity and cell.parity.max_abs,
    ),
    Column(
        "latency_cold",
        "float64",
        "the first call since boot; empty where the board could not be reset",
        lambda cell: cell.latency.cold,
        LATENCY,
    ),
    Column(
        "latency_min", "float64", "least warm latency", lambda cell: cell.latency.minimum, LATENCY
    ),
    Column(
        "latency_iqr",
        "float64",
        "distance between the quartiles",
        lambda cell: cell.latency.iqr,
        LATENCY,
    ),
    Column("latency_samples", "Int64", "warm calls", lambda cell: cell.latency.n or None),
    Column(
        "latency_distinct",
        "Int64",
        "number of different warm latencies; 1: every sample took exactly as long",
        lambda cell: cell.latency.distinct or None,
    ),
    Column(
        "speedup",
        "float64",
        "median of the original of the same dtype, engine and target divided by this one's: 2 is "
        "twice as fast",
        lambda cell: cell.speedup,
    ),
    of_cell(
        "ram_bytes",
        "Int64",
        "static RAM that this model adds to the image, arena and input buffer included",
        BYTES,
    ),
    of_cell("image_flash_bytes", "Int64", "flash of the whole image with this model alone", BYTES),
    of_cell("flash_limit", "Int64", "memory of the target", BYTES),
    of_cell("ram_limit", "Int64", "memory of the target", BYTES),
    of_cell(
        "weights_bytes",
        "Int64",
        "constants of the generated code: weights, biases, quantisation tables",
        BYTES,
    ),
    of_model("macs", "Int64", "multiply-accumulates of one inference"),
    of_model("nonzero_macs", "Int64", "multiply-accumulates whose weight is not zero"),
    of_model("parameters", "Int64", "parameters of the Keras model"),
    of_model("nonzero_parameters", "Int64", "parameters of the Keras model that are not zero"),
    of_model("header_bytes", "Int64", "the model as a C byte array, as text", BYTES),
    of_cell(
        "bracket",
        "float64",
        "cost of an empty start and stop of the counter, already subtracted",
        LATENCY,
    ),
    of_cell("counter", "string", "the counter that was used"),
    of_cell("counter_hz", "Int64", "rate of the counter", "Hz"),
    of_cell("clock_hz", "Int64", "clock of the processor; simulators tell what they emulate", "Hz"),
    of_cell("core", "string", "the processor; simulators tell what they emulate"),
    of_cell("retries", "Int64", "requests of the serial link that had to be sent again"),
    of_cell("resets", "Int64", "restarts of the board in mid-run"),
    of_cell("known_answers", "Int64", "runs of the first sample, whose outputs have to agree"),
    Column(
        "stage",
        "string",
        "where a cell failed (`build`, `measure`, `probe`) or was refused (`fit`, `model`)",
        lambda cell: cell.record.stage,
        blank=True,
    ),
    Column(
        "build_id",
        "string",
        "digest of everything in the image; the device has to name the same one before it is "
        "measured",
        lambda cell: cell.record.build_id,
        blank=True,
    ),
    of_model("sha256", "string", "digest of the model file"),
    Column(
        "original",
        "boolean",
        "whether this is the unpruned variant",
        lambda cell: cell.cell.original,
    ),
    Column(
        "seeds",
        "Int64",
        "trainings of this variant with different seeds",
        lambda cell: cell.seeds and cell.seeds.n,
    ),
    scored("seeds_mean"),
    scored("seeds_sd"),
    Column(
        "kept_epoch",
        "Int64",
        "the epoch whose weights the variant has, from 1, counted through all its trainings",
        lambda cell: cell.kept_epoch,
    ),
    Column(
        "task",
        "string",
        "classification, multilabel, regression or anomaly "
        "([which is judged by what](add-a-model.md#tasks))",
        lambda cell: cell.data.run.task,
    ),
    *of_other_metrics(),
    Column(
        "mae_device",
        "float64",
        "mean absolute error of a regression",
        lambda cell: cell.score and cell.score.mae,
        "as the labels",
    ),
    of_cell(
        "inputs_saturated",
        "float64",
        "share of the input values outside of the quantised input's range, which were clamped",
        FRACTION,
    ),
    of_cell(
        "same_file_as",
        "string",
        "an earlier dtype of the variant whose model file is the same, byte by byte",
    ),
    Column(
        "threshold",
        "float64",
        "from where a sigmoid output says yes; empty of models whose greatest output is the class",
        lambda cell: cell.artifact and cell.artifact.threshold,
        "as the outputs",
    ),
    Column(
        "f1_device",
        "float64",
        "F1 of the answers yes on the device, all labels of a multilabel task counted together",
        lambda cell: cell.yes and cell.yes.f1,
        FRACTION,
    ),
    Column(
        "roc_auc_device",
        "float64",
        "area under the ROC curve of the device's sigmoid outputs, mean over labels",
        lambda cell: cell.yes and cell.yes.auc,
        FRACTION,
    ),
    Column(
        "parity_worst_output",
        "string",
        "of a model with several outputs the one that differs most, an integer one before floats: "
        "parity is the greatest difference of all; empty of one output",
        lambda cell: (cell.parity and cell.parity.worst) or None,
    ),
)
