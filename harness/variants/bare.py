"""A .tflite file that a user brings: measured as it is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from harness.codegen import read_model
from harness.codegen.weights import count_weights
from harness.errors import DataError
from harness.plan.plan import Plan
from harness.pruning.method import Method
from harness.variants.built import BuiltVariant


def bare_variant(plan: Plan, method: Method, dtypes: Sequence[str]) -> BuiltVariant:
    """The plan's .tflite file in the one dtype that it has.

    Raises ModelError for a file that is none, DataError where the plan names other dtypes.
    """
    path = Path(plan.model.file or "")
    graph = read_model(path.read_bytes())
    dtype = graph.tensors[graph.inputs[0]].dtype
    if list(dtypes) != [dtype]:
        raise DataError(
            f"the file takes {dtype}, the plan asks for {', '.join(dtypes)}",
            where=str(path),
            hint=f'a .tflite file is what it is: [matrix] dtypes = ["{dtype}"]',
        )
    weights = count_weights(graph)
    return BuiltVariant(
        name=method.name,
        method=str(method.parameters["method"]),
        sparsity_target=None,
        sparsity=weights.sparsity,
        layer_targets={},
        layer_sparsity={},
        layer_parameters={},
        parameters=weights.parameters,
        nonzero_parameters=weights.nonzero_parameters,
        keras_score=None,
        keras_predictions=None,
        files={dtype: path},
        history={},
        kept_epochs=[],
        seed_scores={},
        validation_scores={},
    )
