"""The weights of a Keras model, each found once, and the kernels that pruning acts on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

# Vectors by their meaning, though some layers give them two axes (GRU, PReLU, attention).
NO_KERNELS = ("bias", "alpha", "gamma", "beta")


@dataclass(frozen=True)
class Kernel:
    """A kernel variable; its last `unit_axes` axes count the units that the layer puts out.

    `transposed`: they are the last but one, for the kernel ends in (outputs, inputs).

    `layer`: the layer's name, behind those of the nested models that it lies in
    ("backbone/conv"). `name`: the attribute that holds the variable, behind those of the layers
    inside the layer ("kernel", "forward_layer.cell.recurrent_kernel").
    """

    layer: str
    name: str
    variable: Any = field(compare=False)  # == of two is a tensor
    unit_axes: int
    transposed: bool = False

    @property
    def attribute(self) -> str:
        """The last part of `name`."""
        return self.name.rpartition(".")[2]


@dataclass(frozen=True)
class Weight:
    """Any weight variable of a model; `kernel` where it is a weight matrix that was trained."""

    variable: Any
    kernel: Kernel | None


def find_kernels(model: Any) -> tuple[Kernel, ...]:
    """Return the weight matrices of a Keras model in the order of its layers.

    Kernels, recurrent, depthwise and pointwise kernels, embeddings, and those inside other layers;
    no biases and no variables that are never trained.
    """
    return tuple(weight.kernel for weight in find_weights(model) if weight.kernel is not None)


def find_weights(model: Any) -> tuple[Weight, ...]:
    """Return every weight of a Keras model once, in the order of its layers."""
    found: dict[int, Weight] = {}
    for path, layer in flat_layers(model):
        names = _names(layer)
        for variable in layer.weights:
            name, owner = names.get(id(variable), (_last_name(variable), layer))
            found.setdefault(id(variable), Weight(variable, _kernel(path, name, variable, owner)))
    for variable in model.weights:
        own = _kernel(model.name, _last_name(variable), variable, model)
        found.setdefault(id(variable), Weight(variable, own))
    return tuple(found.values())


def find_weight(layer: Any, name: str) -> Any:
    """Return a layer's variable by a Kernel's `name` ("cell.kernel"), None where it has none."""
    found = layer
    for attribute in name.split("."):
        found = getattr(found, attribute, None)
    return found


def flat_layers(model: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each layer of a model with its path; nested models are replaced by their layers."""
    for layer in model.layers:
        path = prefix + layer.name
        if is_nested(layer):
            yield from flat_layers(layer, f"{path}/")
        else:
            yield path, layer


def is_nested(layer: Any) -> bool:
    """Return True for a Sequential or functional model used as a layer."""
    return bool(getattr(layer, "_is_graph_network", False))


def _kernel(path: str, name: str, variable: Any, owner: Any) -> Kernel | None:
    attribute = name.rpartition(".")[2]
    if len(variable.shape) < 2 or not variable.trainable or attribute in NO_KERNELS:
        return None
    transposed = attribute == "kernel" and type(owner).__name__.endswith("Transpose")
    return Kernel(path, name, variable, _unit_axes(attribute, owner), transposed)


def _unit_axes(attribute: str, owner: Any) -> int:
    """Two of a depthwise kernel; of an EinsumDense those of its last axes that it puts out."""
    if attribute == "depthwise_kernel":
        return 2
    equation = getattr(owner, "equation", None)
    if not isinstance(equation, str):
        return 1
    kernel, output = equation.partition(",")[2].split("->")
    kept = len(kernel.rstrip("".join(set(kernel) & set(output))))
    return max(1, len(kernel) - kept)


def _names(layer: Any) -> dict[int, tuple[str, Any]]:
    """Return the attribute and the owner of each variable of a layer, by the variable's id.

    Attributes stay the same in a clone; the names that Keras gives to inner layers do not.
    """
    found = {id(value): (key, layer) for key, value in vars(layer).items()}
    attributes: dict[int, str] = {}
    for key, value in vars(layer).items():
        attributes.setdefault(id(value), key)
        if isinstance(value, (list, tuple)) and not key.startswith("_self_"):  # Keras' own lists
            for index, item in enumerate(value):
                attributes.setdefault(id(item), f"{key}_{index}")
    for inner in layer._flatten_layers(recursive=False, include_self=False):
        key = attributes.get(id(inner), inner.name).lstrip("_")
        for variable, (name, owner) in _names(inner).items():
            found.setdefault(variable, (f"{key}.{name}", owner))
    return found


def _last_name(variable: Any) -> str:
    return str(variable.name).rpartition("/")[2].partition(":")[0]
