"""Reasons for which a cell's figures are not to be relied on, and what its reader should know.

Outputs that are certainly no answers of the model end a cell as failed (`false_outputs`). What may
be so for a good reason keeps it ok, with a warning beside its figures and no part in the verdict.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from harness.measure.accuracy import predictions
from harness.measure.latency import summarise
from harness.measure.parity import Parity, by_output, compare_each
from harness.measure.threshold import decide
from harness.results.data import CellData, real_values
from harness.results.wording import difference, percent, plural
from harness.store import CellRecord
from harness.workload.authority import TITLES

# Stated parity of float outputs, as a share of the reference's greatest magnitude, at least of 1.
FLOAT_PARITY = 1e-5
SATURATED = 0.01  # share of clamped input values above which a run warns
DYNAMIC_PARITY = 1e-2  # an input quantised at run time may cross a rounding boundary
UNRELATED = 0.5  # of the difference between answers to different samples
ROUNDING_LSB = 4  # and 1e-3 of the greatest float: what other kernels may round otherwise
ROUNDING = 1e-3
LEAST_SAMPLES = 8  # of which outputs are told to be unrelated
NEIGHBOURS = 7  # samples with whose answers each answer is compared
KERAS_AGREES = {"float32": 0.99}  # share of classes that conversion leaves as they were
KERAS_MAY_DIFFER = 0.8  # the same of quantised files; less is another model


def trouble(cell: CellData) -> str:
    """Fault in the outputs or times of a cell that ended well; "" where there is none."""
    if cell.outputs is None:
        return cell.remark or "there are no outputs"
    return (
        _bad_outputs(cell.outputs)
        or parity_trouble(cell)
        or time_trouble(cell)
        or _conversion(cell, KERAS_MAY_DIFFER)
    )


def parity_trouble(cell: CellData) -> str:
    """Difference of outputs from the authority's beyond the stated parity, or "".

    Integer outputs are stated to be equal bit for bit, but for the authority's own rounding
    (`tolerance_lsb`), float outputs within FLOAT_PARITY.
    """
    if cell.outputs is None or cell.artifact is None:
        return ""
    reference = cell.artifact.reference_outputs[cell.samples.index]
    whose = TITLES.get(cell.artifact.authority, "TensorFlow Lite")
    known = by_output(reference)
    off = [
        f"outputs{f' {name}' if name else ''} differ from {whose}'s: "
        f"{difference(found.max_lsb, found.max_abs, found.n)}"
        for name, found in compare_each(cell.outputs, reference).items()
        if not found.difference <= _allowed(cell, known[name], found)
    ]
    return "; ".join(off)


def false_outputs(outputs: np.ndarray, reference: np.ndarray) -> str:
    """Why outputs (N, ...) cannot be the model's; "" where they can.

    They are no numbers, or all the same, where the reference's (N, ...) are not, or as far from
    the reference's as those are from its answers to other samples.
    """
    if outputs.dtype.names:
        pairs = zip(by_output(outputs).items(), by_output(reference).values(), strict=True)
        problems = ((name, false_outputs(mine, wanted)) for (name, mine), wanted in pairs)
        return "; ".join(f"{name}: {problem}" for name, problem in problems if problem)
    found, expected = _bad_outputs(outputs), _bad_outputs(reference)
    if found and found != expected:
        return f"{found}; of TensorFlow Lite's: {expected or 'nothing of the kind'}"
    if found or len(outputs) < LEAST_SAMPLES:
        return ""
    held = reference.reshape(len(reference), -1).astype(np.float64)
    off = np.abs(outputs.reshape(held.shape).astype(np.float64) - held)
    integers = not np.issubdtype(reference.dtype, np.floating)
    rounding = ROUNDING_LSB if integers else ROUNDING * float(np.abs(held).max())
    if not np.isfinite(held).all() or off.max() <= rounding:
        return ""
    others = [np.abs(np.roll(held, by, axis=0) - held).mean() for by in range(1, NEIGHBOURS + 1)]
    share = float(off.mean() / max(float(np.mean(others)), np.finfo(np.float64).tiny))
    if share <= UNRELATED:
        return ""
    return (
        f"the outputs differ from TensorFlow Lite's {percent(share, 0)} % as much as those to "
        "different samples do: they are no answers of this model to these samples"
    )


def warnings(cell: CellData) -> list[str]:
    """Return remarks that a cell's figures need; none of cells that did not end well."""
    if cell.outputs is None or cell.artifact is None:
        return []
    share = cell.record.facts.inputs_saturated or 0.0
    clamped = f"{percent(share)} % of the input values were clamped" if share > SATURATED else ""
    bad = _bad_outputs(cell.outputs)
    bad = f"{bad}, as TensorFlow Lite's are" if bad else ""
    agrees = KERAS_AGREES.get(cell.record.key.dtype, KERAS_MAY_DIFFER)
    converted = _conversion(cell, agrees)
    return [text for text in (bad, parity_trouble(cell), converted, clamped) if text]


def told(cells: Iterable[CellData]) -> list[str]:
    """A line for each warning of a model, with the targets that it is of."""
    targets: dict[tuple[str, str], list[str]] = {}
    for cell in cells:
        for text in warnings(cell):
            if "clamped" not in text:  # `saturation` has the question to ask
                targets.setdefault((cell.name, text), []).append(cell.record.key.target)
    return [
        f"warning: {name} on {', '.join(dict.fromkeys(on))}: {text}"
        for (name, text), on in targets.items()
    ]


def saturation(cells: Iterable[CellRecord]) -> list[str]:
    """A warning for each model of which more than SATURATED of the input values were clamped."""
    shares = {
        f"{cell.key.variant} {cell.key.dtype}": cell.facts.inputs_saturated or 0.0 for cell in cells
    }
    return [
        f"warning: {percent(share)} % of the input values of {name} are outside of its input's "
        "range and were clamped: are the samples scaled as in training?"
        for name, share in shares.items()
        if share > SATURATED
    ]


def time_trouble(cell: CellData) -> str:
    """Why the times cannot be; "" where nothing speaks against them."""
    if cell.record.facts.implausible_time:
        return cell.record.facts.implausible_time
    median = summarise(cell.samples.counts, cell.samples.calls).median
    return "" if median > 0 else "the median time is not above 0"


def _bad_outputs(outputs: np.ndarray) -> str:
    if outputs.dtype.names:
        problems = ((name, _bad_outputs(each)) for name, each in by_output(outputs).items())
        return "; ".join(f"{name}: {problem}" for name, problem in problems if problem)
    count = len(outputs)
    flat = outputs.reshape(count, -1)
    if np.issubdtype(flat.dtype, np.floating):
        bad = int((~np.isfinite(flat)).any(axis=1).sum())
        if bad:
            return f"{bad:,} of {count:,} outputs hold NaN or infinity"
    if count > 1 and (flat == flat[0]).all():
        return f"all {count:,} outputs are the same"
    return ""


def _conversion(cell: CellData, least: float) -> str:
    """Why a model file is another than its Keras model; "" where they agree in `least` of classes.

    Classifications only.
    """
    artifact = cell.artifact
    if artifact is None or artifact.keras_predictions is None:
        return ""
    said, reference = artifact.keras_predictions, artifact.reference_outputs
    if said.ndim != 1 or not np.issubdtype(said.dtype, np.integer) or len(said) != len(reference):
        return ""
    reference = artifact.scored_of(reference)
    if artifact.threshold is not None:
        real = real_values(reference, artifact.output)
        share = float((decide(real, artifact.threshold) == said).mean())
    else:
        share = float((predictions(reference) == said).mean())
    if share >= least:
        return ""
    return (
        f"the model file names the Keras model's class for {percent(share)} % of "
        f"{plural(len(said), 'sample')}: did the conversion change the model?"
    )


def _allowed(cell: CellData, reference: np.ndarray, found: Parity) -> float:
    if found.max_lsb is not None:
        return 0.0 if cell.artifact is None else cell.artifact.tolerance_lsb
    share = DYNAMIC_PARITY if cell.record.key.dtype == "dynamic" else FLOAT_PARITY
    rounding = 0.0 if cell.artifact is None else cell.artifact.tolerance_abs
    return rounding + share * max(1.0, float(np.abs(reference.astype(np.float64)).max()))
