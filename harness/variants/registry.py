"""All pruning methods: adding one is one file and one line here."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from harness.variants.magnitude import Magnitude
from harness.variants.none import Original

AnyMethod = Annotated[Original | Magnitude, Field(discriminator="method")]
METHODS = ("none", "magnitude")
