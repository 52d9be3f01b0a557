"""Dynamic-range models: int8 weights with float32 activations.

TensorFlow Lite's kernels quantise their input at run time. Here that is a separate operator,
QUANTIZE_ROWS. Its output ("int8_rows") holds for each row the int8 values, padded to a multiple of
four bytes, then the scale (float32) and the zero point (int32). So the memory planner knows this
buffer and can often place it over the floats.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from harness.codegen.engine_constants import row_pitch
from harness.codegen.graph import Graph, Operator, Tensor
from harness.codegen.options import FullyConnectedOptions, QuantizeRowsOptions

ROWS = "int8_rows"
QUANTIZE_ROWS = "QUANTIZE_ROWS"
_HYBRID = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")


def split_hybrid(graph: Graph) -> Graph:
    """Return the graph with QUANTIZE_ROWS before hybrid operators.

    A hybrid operator then has these inputs: quantised rows, weights, bias or -1, and the
    floats, whose shape is needed. Operators whose row length does not follow from the weights
    stay as they are, and the kernel choice refuses them.
    """
    tensors = list(graph.tensors)
    operators: list[Operator] = []
    for operator in graph.operators:
        depth = _row_depth(tensors, operator)
        if depth > 0:
            source, weights = (tensors[i] for i in operator.inputs[:2])
            shape = (source.elements // depth, row_pitch(depth))
            rows = Tensor(len(tensors), f"{source.name[:80]} quantised", ROWS, shape, None, None)
            tensors.append(rows)
            operators += _both(operator, rows.index, _asymmetric(operator, weights))
        else:
            operators.append(operator)
    return replace(graph, tensors=tuple(tensors), operators=tuple(operators))


def _both(operator: Operator, rows: int, asymmetric: bool) -> tuple[Operator, Operator]:
    source, weights, bias = (*operator.inputs, -1)[:3]
    quantize = Operator(
        index=operator.index,
        kind=QUANTIZE_ROWS,
        inputs=(source,),
        outputs=(rows,),
        options=QuantizeRowsOptions(asymmetric=asymmetric),
    )
    return quantize, replace(operator, inputs=(rows, weights, bias, source))


def _row_depth(tensors: Sequence[Tensor], operator: Operator) -> int:
    """Return the elements of a row that is quantised; 0 for operators that are not hybrid."""
    if operator.kind not in _HYBRID or len(operator.inputs) < 2 or min(operator.inputs[:2]) < 0:
        return 0
    source, weights = (tensors[i] for i in operator.inputs[:2])
    if source.dtype != "float32" or source.data is not None:
        return 0
    if weights.dtype != "int8" or weights.data is None:
        return 0
    if operator.kind != "FULLY_CONNECTED":
        return source.elements
    depth = weights.shape[1] if len(weights.shape) == 2 else source.elements
    return depth if source.elements % depth == 0 else 0


def _asymmetric(operator: Operator, weights: Tensor) -> bool:
    """Return True where TFLite's kernel gives the quantised input a zero point."""
    if isinstance(operator.options, FullyConnectedOptions):
        return operator.options.asymmetric
    scales = weights.quantisation.scales if weights.quantisation else ()
    return operator.kind == "DEPTHWISE_CONV_2D" or len(set(scales)) > 1
