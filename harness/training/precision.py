"""Models of mixed precision as float32 models: what a converter and the engine know."""

from __future__ import annotations

from typing import Any

from harness.training.configuration import rebuilt

MIXED = ("mixed_float16", "mixed_bfloat16", "float16", "bfloat16")


def as_float32(model: Any) -> Any:
    """Return `model`, or a copy that computes in float32 where a layer has another precision.

    Weights of mixed precision are float32 already, so that the copy has the same.
    """
    if not any(_precision(layer) in MIXED for layer in model._flatten_layers(include_self=False)):
        return model
    return rebuilt(model, _plain)


def _plain(_: str, config: dict[str, Any]) -> dict[str, Any]:
    return config | {"dtype": "float32"} if "dtype" in config else config


def _precision(layer: Any) -> str:
    return str(getattr(getattr(layer, "dtype_policy", None), "name", ""))
