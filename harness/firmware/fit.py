"""The least that a model needs, compared with a target before anything of it is built."""

from __future__ import annotations

from harness.boards.catalogue import TargetSpec
from harness.codegen import CompiledModel
from harness.errors import DoesNotFit
from harness.firmware.footprint import Footprint

NOTHING = Footprint(0, 0)


def check_needs(spec: TargetSpec, compiled: CompiledModel, base: Footprint = NOTHING) -> None:
    """Raise DoesNotFit, with the figures, where weights or arena alone are too large.

    `base`: the image without models, as far as it is known.
    """
    if base.flash_bytes + compiled.const_bytes > spec.flash_bytes:
        beside = f" beside {base.flash_bytes:,} B of firmware" if base.flash_bytes else ""
        raise DoesNotFit(
            f"weights and tables alone need {compiled.const_bytes:,} B of flash{beside}, "
            f"{spec.name} has {spec.flash_bytes:,} B"
        )
    if base.ram_bytes + compiled.arena_bytes + spec.stack_reserve > spec.ram_bytes:
        used = f"{base.ram_bytes:,} B of firmware and " if base.ram_bytes else ""
        raise DoesNotFit(
            f"the arena needs {compiled.arena_bytes:,} B of RAM beside {used}"
            f"{spec.stack_reserve:,} B of stack, {spec.name} has {spec.ram_bytes:,} B"
        )
