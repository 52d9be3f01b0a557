"""Process of an authority: some files crash the interpreter.

Called as `python -I oracle.py RUNTIME JOBS.npz RESULTS.npz` by `harness.workload.reference`, which
documents the arrays in both files. RUNTIME is `litert` or `tflm`. Each `frames` inputs are a
sequence: states are reset before the first of them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

ARENA_BYTES = 1 << 30  # of TensorFlow Lite Micro; the system maps only what is used


@dataclass(frozen=True)
class Sequences:
    """Inputs in sequences of `frames`.

    `fresh`: the file has resource variables. `reset_all_variables()` of LiteRT leaves them, and
    `reset()` of TensorFlow Lite Micro sets them to zero, not to their first values: each sequence
    needs an interpreter of its own.
    """

    frames: int
    fresh: bool

    def begins(self, place: int) -> bool:
        """Return True for the first input of a sequence."""
        return place % self.frames == 0


def run_litert(
    model: bytes, inputs: Any, tensors: list[int], sequences: Sequences
) -> dict[str, Any]:
    """Return each output (N, *sample shape) to all inputs, and `tensors` after the last input."""
    interpreter = _litert(model, keep=bool(tensors))
    sources, results = interpreter.get_input_details(), interpreter.get_output_details()
    outputs = _room(results, len(inputs))
    for i, sample in enumerate(inputs):
        if sequences.begins(i):
            if sequences.fresh and i:
                interpreter = _litert(model, keep=bool(tensors))
            interpreter.reset_all_variables()
        for source, values in zip(sources, _values(sample), strict=True):
            interpreter.set_tensor(source["index"], values.reshape(source["shape"]))
        interpreter.invoke()
        for result, output in zip(results, outputs.values(), strict=True):
            output[i] = interpreter.get_tensor(result["index"]).reshape(output.shape[1:])
    return outputs | {str(t): interpreter.get_tensor(t) for t in tensors}


def _values(sample: Any) -> list[Any]:
    """Return the value of each input: the fields of a record, or the sample itself."""
    names = sample.dtype.names
    return [np.asarray(sample[name]) for name in names] if names else [np.asarray(sample)]


def _room(results: Any, samples: int) -> dict[str, Any]:
    """Return arrays for each output of all samples."""
    return {
        f"output{place}": np.empty((samples, *_of_sample(result["shape"])), result["dtype"])
        for place, result in enumerate(results)
    }


def _of_sample(shape: Any) -> tuple[int, ...]:
    """Return the shape without a leading 1, the batch."""
    return tuple(shape[1:] if len(shape) and shape[0] == 1 else shape)


def _litert(model: bytes, *, keep: bool) -> Any:
    """Return an interpreter with reference kernels, else with optimised ones.

    The reference resolver of ai-edge-litert 1.2.0 lacks FULLY_CONNECTED 12, which dynamic-range
    models of TensorFlow 2.21 have.
    """
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

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


def run_tflm(model: bytes, inputs: Any, tensors: list[int], sequences: Sequences) -> dict[str, Any]:
    """Return the same of TensorFlow Lite Micro's reference kernels."""
    interpreter = _tflm(model, keep=bool(tensors))
    shapes = [details["shape"] for details in _all(interpreter.get_input_details)]
    outputs = _room(_all(interpreter.get_output_details), len(inputs))
    for i, sample in enumerate(inputs):
        if sequences.begins(i):
            if sequences.fresh and i:
                interpreter = _tflm(model, keep=bool(tensors))
            if not sequences.fresh:
                interpreter.reset()
        for place, (shape, values) in enumerate(zip(shapes, _values(sample), strict=True)):
            interpreter.set_input(np.ascontiguousarray(values.reshape(shape)), place)
        interpreter.invoke()
        for place, output in enumerate(outputs.values()):
            output[i] = interpreter.get_output(place).reshape(output.shape[1:])
    return outputs | {str(t): interpreter.GetTensor(t, 0)["tensor_data"] for t in tensors}


def _all(details: Callable[[int], Any]) -> list[Any]:
    """Return the details of every tensor of one side."""
    found: list[Any] = []
    while True:
        try:
            found.append(details(len(found)))
        except IndexError:
            return found


def _tflm(model: bytes, *, keep: bool) -> Any:
    from tflite_micro.python.tflite_micro import runtime

    kept, dropped = (
        runtime.InterpreterConfig.kPreserveAllTensors,
        runtime.InterpreterConfig.kAllocationRecording,
    )
    return runtime.Interpreter.from_bytes(
        model, arena_size=ARENA_BYTES, intrepreter_config=kept if keep else dropped
    )


RUNTIMES: dict[str, Callable[[bytes, Any, list[int], Sequences], dict[str, Any]]] = {
    "litert": run_litert,
    "tflm": run_tflm,
}


def main(runtime: str, jobs_path: str, results_path: str) -> None:
    """Run every job of one file and write all results to another."""
    results: dict[str, Any] = {}
    with np.load(jobs_path) as jobs:
        for i in range(int(jobs["count"])):
            tensors = [int(t) for t in jobs[f"tensors_{i}"]]
            model, inputs = jobs[f"model_{i}"].tobytes(), jobs[f"inputs_{i}"]
            sequences = Sequences(int(jobs[f"frames_{i}"]), bool(jobs[f"fresh_{i}"]))
            found = RUNTIMES[runtime](model, inputs, tensors, sequences)
            results |= {f"{key}_{i}": value for key, value in found.items()}
    np.savez(results_path, **results)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3])
