"""The table of layers in docs/layers.md says what the methods do."""

from __future__ import annotations

import importlib.util
from typing import Any

import pytest

from harness.errors import InputError
from harness.pruning.block import Block
from harness.pruning.layer_support import LAYERS, LayerSupport
from harness.pruning.magnitude import Magnitude
from harness.pruning.random import Random
from harness.pruning.structured import Structured
from harness.pruning.structured_graph import read_graph
from harness.pruning.structured_layers import FOLLOWERS, UNIT_LAYERS
from harness.training.kernels import find_kernels
from tests.pruning.small_structured import method
from tests.source_files import ROOT

spec = importlib.util.spec_from_file_location("layer_table", ROOT / "scripts" / "layer_table.py")
assert spec is not None
assert spec.loader is not None
layer_table = importlib.util.module_from_spec(spec)
spec.loader.exec_module(layer_table)


def test_the_page_is_up_to_date() -> None:
    page = layer_table.PAGE.read_text(encoding="utf-8")
    assert layer_table.with_table(page) == page, "run .venv/bin/python scripts/layer_table.py"


def between(keras: Any, kind: str) -> Any:
    """A model with the layer `kind` behind a layer of its own units and before another."""
    layers = keras.layers
    flat = kind == "Dense"
    image = "2D" in kind
    x = layers.Input((6, 6, 2) if image else (4,) if flat else (6, 2), name="x")
    if kind == "Embedding":
        x = layers.Input((6,), name="words")
        y = layers.Embedding(5, 4, name="asked")(x)
    else:
        first = layers.Conv2D if image else layers.Dense if flat else layers.Conv1D
        y = first(4, *(() if flat else (1,)), name="before")(x)
        y = made(layers, kind)(y, *((y,) if kind == "MultiHeadAttention" else ()))
    if len(y.shape) > 2:
        y = layers.Flatten(name="flat")(y)
    return keras.Model(x, layers.Dense(2, name="out")(y))


def made(layers: Any, kind: str) -> Any:
    if kind == "Bidirectional":
        return layers.Bidirectional(layers.LSTM(3, name="inner"), name="asked")
    if kind == "TimeDistributed":
        return layers.TimeDistributed(layers.Dense(3, name="inner"), name="asked")
    sizes = {"MultiHeadAttention": (2, 3), "LayerNormalization": (), "BatchNormalization": ()}
    size = (2,) if kind in FOLLOWERS else (3, 2) if "Conv" in kind else (3,)
    return getattr(layers, kind)(*sizes.get(kind, size), name="asked")


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.kind)
def test_each_method_prunes_what_the_table_says(layer: LayerSupport, keras: Any) -> None:
    model = between(keras, layer.kind)
    own = [kernel for kernel in find_kernels(model) if kernel.layer == "asked"]
    assert bool(own) == layer.kernels
    assert len(pruned(Random, model, method="random")) == len(own)
    if own:
        whole = layer.kind not in ("MultiHeadAttention", "SeparableConv1D", "SeparableConv2D")
        for kind, able in ((Magnitude, layer.magnitude), (Block, layer.block)):
            found = pruned(kind, model, method=kind.__name__.lower())
            assert bool(found) == able, kind
            assert not whole or len(found) in (0, len(own))
    structured(layer, model)


def pruned(kind: Any, model: Any, **keys: Any) -> list[Any]:
    asked = kind.model_validate({"name": "v"} | keys)
    return [kernel for kernel in asked.every_kernel(model) if kernel.layer == "asked"]


def structured(layer: LayerSupport, model: Any) -> None:
    graph = read_graph(model)
    if layer.kind in UNIT_LAYERS:
        able: Structured = method(UNIT_LAYERS[layer.kind].method, keep={"asked": 2})
        able.check(model)
        return
    for kind in ("neuron", "filter"):
        with pytest.raises(InputError, match="asked"):
            method(kind, keep={"asked": 1}).check(model)
    if "normalises" in layer.units:
        number = graph.group_of("before")
        assert number is not None
        assert "depend on each other in 'asked'" in graph.groups[number].fixed
