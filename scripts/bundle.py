"""Hatchling's build hook: a wheel holds the PlatformIO project, which harness/project.py unpacks.

A checkout's own installation (`pip install --editable`) reads it from the checkout.
"""

from __future__ import annotations

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

BUNDLED = ("firmware", "platformio.ini", "LICENSE")


class BundleHook(BuildHookInterface):  # type: ignore[type-arg]
    """Adds BUNDLED to wheels, below harness/bundle."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """See Hatchling's documentation."""
        if version != "editable":
            build_data["force_include"] |= {name: f"harness/bundle/{name}" for name in BUNDLED}
