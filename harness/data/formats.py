"""Choices of `[data]` that decide how samples are read; apart, so that a plan needs no NumPy."""

from __future__ import annotations

from typing import Literal

Colour = Literal["grey", "rgb"]
Scaling = Literal["none", "standard", "minmax"]
