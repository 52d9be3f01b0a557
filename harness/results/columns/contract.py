"""The first 25 columns of results.csv: a contract with its readers in names and order."""

from __future__ import annotations

from harness.results.columns.column import BYTES, FRACTION, LATENCY, Column
from harness.results.columns.scores import scored
from harness.results.columns.stored import of_cell, of_model
from harness.results.figures import CellFigures

REST_OF_NAME = "the rest of the cell's name"
TIME = "[what kind of time it is](#what-kind-of-time-it-is), and in which unit"
PERCENTILES = "over the warm calls, one a sample; percentiles interpolate linearly"

CONTRACT: tuple[Column[CellFigures], ...] = (
    Column(
        "variant", "string", "the variant's name in the plan", lambda cell: cell.record.key.variant
    ),
    of_model("method", "string", "the pruning method that made it; `none`: unpruned"),
    of_model(
        "sparsity_target",
        "float64",
        "what the plan asked for; empty where the method takes none",
        FRACTION,
    ),
    of_model(
        "sparsity",
        "float64",
        "zeros counted among all weight matrices of the model, those that the method cannot prune "
        "included; biases and normalisations are none",
        FRACTION,
    ),
    Column("dtype", "string", REST_OF_NAME, lambda cell: cell.record.key.dtype),
    Column("engine", "string", REST_OF_NAME, lambda cell: cell.record.key.engine),
    Column("target", "string", REST_OF_NAME, lambda cell: cell.record.key.target),
    Column(
        "status",
        "string",
        "`ok`; `refused`: it does not fit the target, or the engine cannot run the model; "
        "`failed`; `pending`: the run was stopped before",
        lambda cell: cell.record.status,
    ),
    Column(
        "reason",
        "string",
        "why it was refused or failed, with the figures",
        lambda cell: cell.reason,
        blank=True,
    ),
    Column(
        "samples",
        "Int64",
        "test samples that were measured, of streams frames, also of a cell that failed half-way",
        lambda cell: cell.samples,
    ),
    scored("device"),
    scored("tflite"),
    scored("keras"),
    Column(
        "parity_argmax",
        "float64",
        "samples for which device and `authority` name the same class; classifications only",
        lambda cell: cell.same_class,
        FRACTION,
    ),
    Column(
        "parity_max_lsb",
        "Int64",
        "greatest difference of any output element from the `authority`'s in steps of the output's "
        "scale, integer outputs only; 0: bit for bit",
        lambda cell: cell.parity and cell.parity.max_lsb,
    ),
    Column("latency_median", "float64", PERCENTILES, lambda cell: cell.latency.median, LATENCY),
    Column("latency_p95", "float64", PERCENTILES, lambda cell: cell.latency.p95, LATENCY),
    Column("latency_max", "float64", PERCENTILES, lambda cell: cell.latency.maximum, LATENCY),
    of_cell("latency_unit", "string", TIME),
    of_cell("timing_kind", "string", TIME),
    of_cell(
        "flash_bytes",
        "Int64",
        "the linked image with this model alone less the same image without models: weights, "
        "tables and the kernels that it needs",
        BYTES,
    ),
    of_cell("arena_bytes", "Int64", "planned working memory, input and output included", BYTES),
    of_cell(
        "stack_bytes",
        "Int64",
        "greatest depth of the stack in one call: painted beforehand, then measured; empty where "
        "the port cannot tell",
        BYTES,
    ),
    of_model("tflite_bytes", "Int64", "the model file", BYTES),
    of_model("gzip_bytes", "Int64", "the model file after `gzip -9`", BYTES),
)
