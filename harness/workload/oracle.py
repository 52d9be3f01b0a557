"""Process of TFLite's reference kernels: some files crash the interpreter.

Called as `python -I oracle.py JOBS.npz RESULTS.npz` by `harness.workload.reference`, which
documents the arrays in both files.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType


def run_job(model: bytes, inputs: Any, tensors: list[int]) -> dict[str, Any]:
    """Return outputs of all inputs (N, *shape[1:]), and `tensors` after the last input."""
    interpreter = _interpreter(model, keep=bool(tensors))
    source = interpreter.get_input_details()[0]
    result = interpreter.get_output_details()[0]
    outputs = np.empty((len(inputs), *result["shape"][1:]), dtype=result["dtype"])
    for i, sample in enumerate(inputs):
        interpreter.reset_all_variables()  # samples are independent of each other
        interpreter.set_tensor(source["index"], sample.reshape(source["shape"]))
        interpreter.invoke()
        outputs[i] = interpreter.get_tensor(result["index"]).reshape(outputs.shape[1:])
    return {"output": outputs} | {str(t): interpreter.get_tensor(t) for t in tensors}


def _interpreter(model: bytes, *, keep: bool) -> Interpreter:
    """Return an interpreter with reference kernels, else with optimised ones.

    The reference resolver of ai-edge-litert 1.2.0 lacks FULLY_CONNECTED 12, which dynamic-range
    models of TensorFlow 2.21 have.
    """
    for resolver in (OpResolverType.BUILTIN_REF, OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES):
        try:
            interpreter = Interpreter(
                model_content=model,
                experimental_op_resolver_type=resolver,
                experimental_preserve_all_tensors=keep,
                num_threads=1,
            )
        except ValueError as error:
            if "Didn't find op" not in str(error) or resolver is not OpResolverType.BUILTIN_REF:
                raise
        else:
            interpreter.allocate_tensors()
            return interpreter
    raise AssertionError("the last resolver returns or raises")


def main(jobs_path: str, results_path: str) -> None:
    """Run every job of one file and write all results to another."""
    results: dict[str, Any] = {}
    with np.load(jobs_path) as jobs:
        for i in range(int(jobs["count"])):
            tensors = [int(t) for t in jobs[f"tensors_{i}"]]
            found = run_job(jobs[f"model_{i}"].tobytes(), jobs[f"inputs_{i}"], tensors)
            results |= {f"{key}_{i}": value for key, value in found.items()}
    np.savez(results_path, **results)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
