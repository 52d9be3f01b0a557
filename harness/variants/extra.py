"""The packages of the extra `train`: who only benchmarks model files does without them."""

from __future__ import annotations

from importlib import metadata

from harness.errors import ToolMissing
from harness.plan.plan import Plan

PACKAGES = ("tensorflow", "tf-keras", "tensorflow-model-optimization", "numpy", "scikit-learn")
HINT = "pip install 'tinyml-harness[train]'; .tflite files are measured without it"


def versions() -> dict[str, str]:
    """The versions by package on which a variant depends; "" of those that are not installed."""
    return {package: _version(package) for package in PACKAGES}


def require_extra(plan: Plan) -> None:
    """Raise ToolMissing where the plan needs training and packages for that are not installed."""
    missing = [package for package, version in versions().items() if not version]
    if missing and not plan.model.bare:
        raise ToolMissing(
            f"this plan trains, and {', '.join(missing)} cannot be found",
            where=plan.model.source,
            hint=HINT,
        )


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""
