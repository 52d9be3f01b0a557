"""A table of a plan: unknown keys are errors, values do not change."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Part(BaseModel):
    """Base of every table."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
