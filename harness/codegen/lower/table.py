"""The operator table: one record for each operator, from the module of its family."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from harness.codegen.lower import (
    add,
    axis,
    binary,
    blocks,
    conv,
    conv_3d,
    depthwise,
    fully_connected,
    gather,
    l2_norm,
    log_softmax,
    lstm,
    matmul,
    moves,
    operations,
    pad,
    pool,
    quantise,
    reduce,
    resize,
    select,
    softmax,
    svdf,
    transpose_conv,
    unary,
    variables,
)
from harness.codegen.lower.support import OperatorSupport

_RECORDS = (
    *conv.OPERATORS,
    *conv_3d.OPERATORS,
    *depthwise.OPERATORS,
    *fully_connected.OPERATORS,
    *transpose_conv.OPERATORS,
    *pool.OPERATORS,
    *softmax.OPERATORS,
    *quantise.OPERATORS,
    *add.OPERATORS,
    *binary.OPERATORS,
    *unary.OPERATORS,
    *moves.OPERATORS,
    *pad.OPERATORS,
    *gather.OPERATORS,
    *log_softmax.OPERATORS,
    *operations.OPERATORS,
    *select.OPERATORS,
    *axis.OPERATORS,
    *matmul.OPERATORS,
    *blocks.OPERATORS,
    *reduce.OPERATORS,
    *resize.OPERATORS,
    *l2_norm.OPERATORS,
    *svdf.OPERATORS,
    *lstm.OPERATORS,
    *variables.OPERATORS,
)
OPERATORS: Mapping[str, OperatorSupport] = {record.kind: record for record in _RECORDS}


def public_operators() -> tuple[OperatorSupport, ...]:
    """Return the records of all operators that files contain, by name."""
    return tuple(OPERATORS[kind] for kind in sorted(OPERATORS) if not OPERATORS[kind].internal)


def hint(kinds: Iterable[str]) -> str:
    """Return advice for refused operators of these kinds: their supported forms, or all names."""
    if not (kinds := set(kinds)):
        return "see docs/operators.md"
    records = [OPERATORS.get(kind) for kind in sorted(set(kinds))]
    known = [record for record in records if record is not None and not record.internal]
    if None in records or not known:
        names = ", ".join(record.kind for record in public_operators())
    else:
        names = ", ".join(f"{record.kind} ({record.forms})" for record in known)
    return f"supported are {names}; see docs/operators.md"
