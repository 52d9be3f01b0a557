"""Modelled execution time of dense and sparse layers, by family of cores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from harness.codegen.calls import Call


@dataclass(frozen=True)
class Work:
    """What a convolution or fully connected layer has to do.

    `windows` counts those that lie inside the input, `border` the others. `runs` is the number of
    contiguous stretches a window consists of, `taps` that of the weights of a filter; `live` and
    `constant` count filters with and without weights, `nonzero` weights of all filters.
    """

    windows: int
    border: int
    runs: int
    taps: int
    live: int
    constant: int
    segments: int
    nonzero: int

    @property
    def filters(self) -> int:
        """Number of filters."""
        return self.live + self.constant

    @property
    def weights(self) -> int:
        """Number of weights, zeros included."""
        return self.filters * self.taps


@dataclass(frozen=True)
class SparseCost:
    """Time of one window, or of one block of windows that are computed at once."""

    filter: float
    constant: float
    segment: float
    nonzero: float

    def of(self, work: Work) -> float:
        """Time of all filters."""
        return (
            self.filter * work.live
            + self.constant * work.constant
            + self.segment * work.segments * work.live
            + self.nonzero * work.nonzero
        )


@dataclass(frozen=True)
class DenseCost:
    """Time of an output, and in it of a contiguous stretch of inputs, and of a multiplication."""

    output: float
    run: float
    mac: float

    def of(self, work: Work) -> float:
        """Time of a window with all its filters."""
        each = self.output + self.run * work.runs + self.mac * work.taps
        return each * work.filters


@dataclass(frozen=True)
class Timing:
    """Of one element type on one family of cores.

    `vector` is a fully connected layer of one row, `matrix` one of many (1x1 convolutions too).
    """

    vector: DenseCost
    matrix: DenseCost
    conv: DenseCost
    one: SparseCost
    border: SparseCost
    four: SparseCost | None = None

    def dense(self, work: Work) -> float:
        """Time of the layer with all its weights."""
        windows = work.windows + work.border
        if work.runs > 1:
            return windows * self.conv.of(work)
        return windows * (self.vector if windows == 1 else self.matrix).of(work)

    def sparse(self, work: Work) -> float:
        """Time of the layer with its non-zero weights only."""
        blocks, single = divmod(work.windows, 4) if self.four else (0, work.windows)
        time = single * self.one.of(work) + work.border * self.border.of(work)
        return time + (blocks * self.four.of(work) if self.four else 0)


@dataclass(frozen=True)
class Family:
    """Cores that share a model: the unit of its times, and the times by element type."""

    unit: str
    timings: Mapping[str, Timing]


# Fitted (non-negative least squares of the relative error) to single-layer models of 13 shapes,
# images of 8x8x1 to 4x4x24 and vectors of 24 to 640 elements, at 30, 60, 80 and 95 % zeros, each
# built with the dense and with the sparse kernel at -O2: instructions under QEMU (mps2-an386 and
# rv32imc virt), cycles of simavr (ATmega328P, for float32 ATmega2560). The fit of the sparse
# kernels is within 9 % everywhere.
_ARM_F32 = Timing(
    vector=DenseCost(19.5, 0, 6.0),
    matrix=DenseCost(19.0, 0, 6.0),
    conv=DenseCost(0, 39.0, 4.3),
    one=SparseCost(34.3, 0, 25.4, 6.1),
    border=SparseCost(0, 0, 35.2, 10.8),
    four=SparseCost(85.3, 25.3, 27.7, 17.1),
)
# Without a floating-point unit, measured on rv32imc. Products with zero take less time: the dense
# times are those at 80 % zeros.
_SOFT_F32 = Timing(
    vector=DenseCost(204.7, 0, 134.7),
    matrix=DenseCost(125.5, 0, 134.7),
    conv=DenseCost(0, 190.1, 96.3),
    one=SparseCost(132.2, 25.7, 37.0, 183.8),
    border=SparseCost(0, 0, 66.1, 109.4),
    four=SparseCost(456.7, 39.0, 86.8, 708.4),
)
# Dense int8 of cores that multiply and add two pairs of 16 bits at once (SMLAD), and of those that
# run the portable kernels (measured on rv32imc): fitted in the same way to 11 shapes without zeros.
_ARM_DSP_S8 = Timing(
    vector=DenseCost(32.7, 0, 1.4),
    matrix=DenseCost(40.8, 0, 1.3),
    conv=DenseCost(27.3, 13.7, 1.3),
    one=SparseCost(31.5, 7.3, 19.7, 4.8),
    border=SparseCost(0, 0, 39.2, 11.1),
    four=SparseCost(76.5, 28.7, 31.1, 14.0),
)
_RISCV_S8 = Timing(
    vector=DenseCost(59.6, 0, 3.7),
    matrix=DenseCost(67.7, 0, 3.6),
    conv=DenseCost(42.9, 20.5, 3.7),
    one=SparseCost(30.7, 12.0, 27.1, 6.6),
    border=SparseCost(0, 0, 35.0, 11.8),
    four=SparseCost(105.5, 37.4, 44.1, 22.2),
)
_ARM_S8 = replace(_RISCV_S8, one=_ARM_DSP_S8.one, border=_ARM_DSP_S8.border, four=_ARM_DSP_S8.four)
_ARM_FPU = Family("instructions", {"int8": _ARM_DSP_S8, "float32": _ARM_F32})
_ARM = Family("instructions", {"int8": _ARM_S8, "float32": _SOFT_F32})
_RISCV = Family("instructions", {"int8": _RISCV_S8, "float32": _SOFT_F32})
_AVR = Family(
    "cycles",
    {
        "int8": Timing(
            vector=DenseCost(929.9, 0, 23.1),
            matrix=DenseCost(927.1, 0, 23.0),
            conv=DenseCost(0, 511.0, 20.9),
            one=SparseCost(901.9, 37.4, 53.6, 28.1),
            border=SparseCost(0, 0, 500.6, 47.9),
        ),
        "float32": Timing(
            vector=DenseCost(385.4, 0, 211.0),
            matrix=DenseCost(363.7, 0, 211.0),
            conv=DenseCost(0, 452.0, 150.8),
            one=SparseCost(338.7, 49.2, 111.8, 281.9),
            border=SparseCost(0, 0, 344.0, 178.5),
        ),
    },
)

_EQUAL = 1.05

GENERIC = "generic"
# By the beginning of a core's name. "generic", for callers that know no core, is the family with
# the fastest dense kernels, where sparse pays last.
_FAMILIES: Mapping[str, Family] = {
    "cortex-m0": _ARM,
    "cortex-m3": _ARM,
    "cortex-m": _ARM_FPU,
    "rv32": _RISCV,
    "avr": _AVR,
    "": _ARM_FPU,
}


def cheaper(dense: Call, sparse: Call, work: Work, dtype: str, core: str) -> Call:
    """The call with the shorter modelled time on that core, if it does not take more flash.

    Times that differ by less than the model's error count as equal: the smaller one is taken.
    Without zeros it is the dense one.
    """
    family = _family(core)
    timing = family.timings[dtype]
    dense_time, sparse_time = timing.dense(work), timing.sparse(work)
    equal = max(dense_time, sparse_time) <= _EQUAL * min(dense_time, sparse_time)
    is_sparse = (
        work.nonzero < work.weights
        and (sparse_time < dense_time or equal)
        and sparse.const_bytes < dense.const_bytes
    )
    times = (sparse_time, dense_time) if is_sparse else (dense_time, sparse_time)
    chosen, other = (sparse, dense) if is_sparse else (dense, sparse)
    reason = (
        f"{'sparse' if is_sparse else 'dense'}: {work.nonzero:,} of {work.weights:,} weights, "
        f"modelled {_thousands(times[0])} against {_thousands(times[1])} {family.unit}, "
        f"{chosen.const_bytes:,} against {other.const_bytes:,} B"
    )
    return replace(chosen, reason=reason, time=times[0], time_unit=family.unit)


def _family(core: str) -> Family:
    return next(family for prefix, family in _FAMILIES.items() if core.startswith(prefix))


def _thousands(count: float) -> str:
    return f"{count / 1000:,.1f} k" if count >= 1000 else f"{count:.0f}"
