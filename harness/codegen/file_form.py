"""Files that no single run of a graph computes, refused with their true reason."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from harness.errors import ModelError

_ACCELERATORS = {
    "CUSTOM ethos-u": ("an Arm Ethos-U", "use the file from before Vela compiled it"),
    "CUSTOM edgetpu-custom-op": ("a Coral Edge TPU", "use the file from before its compiler"),
}
_SIGNATURES_MAX = 16  # that are named
_CONTROL_FLOW = ("WHILE", "IF", "STABLEHLO_WHILE", "STABLEHLO_CASE", "STABLEHLO_COMPOSITE")


def check_form(model: Any, kinds: Sequence[str]) -> None:
    """Check a file with operators of these kinds in a subgraph that runs.

    Raises ModelError for programs of accelerators, control flow and several signatures; all
    reasons in one message. Subgraphs that nothing calls are ignored, as the interpreters do.
    """
    used = dict.fromkeys(kinds)
    reasons, hints = [], []
    for kind in used:
        if kind in _ACCELERATORS:
            chip, hint = _ACCELERATORS[kind]
            reasons.append(f"it holds a program for {chip} (operator {kind})")
            hints.append(hint)
    if flow := [kind for kind in used if kind in _CONTROL_FLOW]:
        reasons.append(f"it has control flow ({', '.join(flow)})")
        hints.append("unroll loops, for example with unroll=True in Keras' recurrent layers")
    signatures = _signatures(model)
    if len(signatures) > 1:
        reasons.append(f"it has {len(signatures)} signatures ({', '.join(signatures)})")
        hints.append("convert a single function")
    if reasons:
        raise ModelError(
            f"the engine cannot run this file: {'; '.join(reasons)}", hint="; ".join(hints)
        )


def _signatures(model: Any) -> list[str]:
    """Return the names of the file's functions."""
    count = min(model.SignatureDefsLength(), _SIGNATURES_MAX)
    found = (model.SignatureDefs(i) for i in range(count))
    return [(signature.SignatureKey() or b"").decode() for signature in found]
