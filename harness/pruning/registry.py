"""All methods that a `[[variant]]` of a plan can name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from harness.pruning.chain import Chain
from harness.pruning.method import Method
from harness.pruning.original import Original
from harness.pruning.slim import Slim
from harness.pruning.steps import STEPS, AnyStep, by_name

AnyMethod = Annotated[Original | AnyStep | Chain | Slim, Field(discriminator="method")]
METHODS: Mapping[str, type[Method]] = {**by_name(Original), **STEPS, **by_name(Chain, Slim)}
