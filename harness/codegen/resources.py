"""Resource variables of a file as states of its graph.

A VAR_HANDLE names a variable by container and name. The subgraph of a CALL_ONCE sets it before the
first call of the model, READ_VARIABLE and ASSIGN_VARIABLE use it in every call. Here it becomes a
variable tensor with that first value, in the place of its first handle: READ_VARIABLE then has the
inputs (state,), ASSIGN_VARIABLE the inputs (state, value) and the output state.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from harness.codegen.graph import ITEM_BYTES, Array, Graph, Operator, Tensor
from harness.codegen.options import CallOnceOptions, VariableOptions
from harness.codegen.passes.fold import fold_constants
from harness.errors import DamagedModel, ModelError

_Name = tuple[str, str]  # container and name


def called_once(graph: Graph) -> tuple[int, ...]:
    """Return the subgraphs that a main subgraph calls before its first run.

    Raises ModelError where a variable is used before: then that call would change it later.
    """
    used = False
    found = []
    for operator in graph.operators:
        used |= operator.kind in ("READ_VARIABLE", "ASSIGN_VARIABLE")
        if not isinstance(operator.options, CallOnceOptions):
            continue
        if used:
            raise ModelError(
                "initialises variables behind operators that use them", where=_where(operator)
            )
        found.append(operator.options.subgraph)
    return tuple(dict.fromkeys(found))


def with_states(graph: Graph, called: Mapping[int, Graph]) -> Graph:
    """Return the main subgraph with states instead of resource variables.

    `called`: the subgraphs of its CALL_ONCE operators. Raises ModelError where a variable has no
    first value that is known before the model runs, or changes type or shape; DamagedModel where a
    handle is none.
    """
    names = _names(graph)
    initial: dict[_Name, Array] = {}
    for subgraph in called.values():
        initial |= _initial(subgraph)
    tensors = list(graph.tensors)
    states: dict[_Name, int] = {}
    for index, name in names.items():
        states.setdefault(name, index)
    operators = []
    for operator in graph.operators:
        match operator.kind:
            case "VAR_HANDLE" | "CALL_ONCE":
                continue
            case "READ_VARIABLE":
                name, (value,) = _variable(names, operator, 1), operator.outputs
            case "ASSIGN_VARIABLE":
                name, value = _variable(names, operator, 2), operator.inputs[1]
                initial.setdefault(name, _zeros(tensors[value]))
            case _:
                operators.append(operator)
                continue
        state = states[name]
        first = initial.get(name)
        if first is None:
            raise ModelError(
                f"reads the variable '{name[1]}', to which nothing gives a first value",
                where=_where(operator),
            )
        if not tensors[state].variable:
            tensors[state] = _state(tensors[state], name, first, tensors[value])
        _check_alike(tensors[state], tensors[value], operator)
        operators.append(_on_state(operator, state))
    return replace(graph, tensors=tuple(tensors), operators=tuple(operators))


def _names(graph: Graph) -> dict[int, _Name]:
    """Return the variables' names by the tensors of their handles."""
    return {
        operator.outputs[0]: (operator.options.container, operator.options.name)
        for operator in graph.operators
        if isinstance(operator.options, VariableOptions) and operator.outputs
    }


def _variable(names: Mapping[int, _Name], operator: Operator, inputs: int) -> _Name:
    """Return the name of an operator's variable. Raises DamagedModel for another form."""
    name = names.get(operator.inputs[0]) if len(operator.inputs) == inputs else None
    if name is None or len(operator.outputs) != 2 - inputs or -1 in operator.inputs:
        raise DamagedModel("has no variable", where=_where(operator))
    return name


def _initial(graph: Graph) -> dict[_Name, Array]:
    """Return the values that a subgraph gives to variables."""
    folded = fold_constants(graph)
    names, values = _names(folded), {}
    for operator in folded.operators:
        if operator.kind == "VAR_HANDLE":
            continue
        if operator.kind != "ASSIGN_VARIABLE":
            raise ModelError(
                f"variables get their first values by {operator.kind}, which the engine computes "
                "at run time only",
                where=_where(operator),
            )
        name = _variable(names, operator, 2)
        value = folded.tensors[operator.inputs[1]]
        if value.data is None or value.dtype not in ITEM_BYTES:
            raise ModelError(
                f"the first value of the variable '{name[1]}' is no constant",
                where=_where(operator),
            )
        values[name] = value.data
    return values


def _zeros(tensor: Tensor) -> Array:
    """Return the first value of a variable that is set before it is read: any will do."""
    known = tensor.dtype if tensor.dtype in ITEM_BYTES else "int8"
    return np.zeros(tensor.shape, known)


def _state(handle: Tensor, name: _Name, first: Array, like: Tensor) -> Tensor:
    return replace(
        handle,
        name=name[1],
        dtype=first.dtype.name,
        shape=first.shape,
        quantisation=like.quantisation,
        variable=True,
        initial=first,
    )


def _check_alike(state: Tensor, value: Tensor, operator: Operator) -> None:
    if (state.dtype, state.elements) != (value.dtype, value.elements):
        raise ModelError(
            f"the variable '{state.name}' holds {state.dtype} {state.shape}, here "
            f"{value.dtype} {value.shape}",
            where=_where(operator),
        )


def _on_state(operator: Operator, state: int) -> Operator:
    if operator.kind == "READ_VARIABLE":
        return replace(operator, inputs=(state,))
    return replace(operator, inputs=(state, operator.inputs[1]), outputs=(state,))


def _where(operator: Operator) -> str:
    return f"op {operator.index} ({operator.kind})"
