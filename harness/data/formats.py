"""Choices of `[data]` for reading samples; apart, so that a plan needs no NumPy."""

from __future__ import annotations

from typing import Literal

Colour = Literal["grey", "rgb"]
Scaling = Literal["none", "standard", "minmax"]
