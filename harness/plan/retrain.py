"""`[retrain]` of a plan: the retraining budget, written into every variant."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from harness.pruning.registry import METHODS
from harness.pruning.retrained import Budget


def share(plan: dict[str, Any]) -> dict[str, Any]:
    """The plan with its `[retrain]` written into every variant, whatever the shape of the rest.

    The steps of a chain divide the epochs among themselves; what does not divide goes to the last.
    """
    variants = plan.get("variant")
    try:
        budget = Budget.model_validate(plan.get("retrain", {})).model_dump()
    except ValidationError:
        return plan  # the plan's own check reports the key
    if not isinstance(variants, list | tuple):
        return plan
    return plan | {"variant": [_with(budget, variant) for variant in variants]}


def _with(budget: dict[str, Any], variant: Any) -> Any:
    if not isinstance(variant, dict):
        return variant
    steps = variant.get("steps")
    if isinstance(steps, list | tuple):
        return variant | {"steps": _divided(budget, steps)}
    fields = _fields(variant)
    return {key: value for key, value in budget.items() if key in fields} | variant


def _divided(budget: dict[str, Any], steps: list[Any] | tuple[Any, ...]) -> list[Any]:
    if not steps:
        return []
    epochs, rest = divmod(budget["epochs"], len(steps))
    shares = [epochs] * (len(steps) - 1) + [epochs + rest]
    return [
        _with(budget | {"epochs": max(1, own)}, step)
        for own, step in zip(shares, steps, strict=True)
    ]


def _fields(variant: dict[str, Any]) -> frozenset[str]:
    """Fields of the variant's method; none where it does not retrain."""
    name = variant.get("method")
    if name == "none" and not variant.get("retrain"):
        return frozenset()
    method = METHODS.get(str(name))
    return frozenset(method.model_fields) if method else frozenset()
