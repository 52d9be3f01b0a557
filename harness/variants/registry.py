"""All pruning methods: adding one is one file and one line here."""

from __future__ import annotations

from typing import Annotated, get_args

from pydantic import Field

from harness.variants.magnitude import Magnitude
from harness.variants.none import Original

AnyMethod = Annotated[
    Original | Magnitude,
    Field(discriminator="method"),
]
METHODS: tuple[str, ...] = tuple(
    name
    for method in get_args(get_args(AnyMethod)[0])
    for name in get_args(method.model_fields["method"].annotation)
)
