"""Parts of a plan that run code of their author, and the user's consent to them: SECURITY.md."""

from __future__ import annotations

import zipfile
from pathlib import Path

from harness.data.entry import find_entry
from harness.errors import InputError
from harness.plan.plan import Plan
from harness.plan.sources import TFLITE
from harness.project import Project

KERAS = ".keras"
HUB = "uhubctl"  # the project's own way to cycle power, no command of the plan's


def require_trust(plan: Plan) -> None:
    """Raise InputError where the plan runs foreign code and `trust` is unset, with the reasons."""
    reasons = [] if plan.trust else foreign_code(plan)
    if reasons:
        raise InputError(
            f"this plan runs code that is not the harness' own: {'; '.join(reasons)}",
            where=plan.name,
            hint="if you trust whoever made it: trust = true at the top of the plan, or --trust",
        )


def foreign_code(plan: Plan) -> list[str]:
    """Return what of the plan is run when it is read, one reason each; the zoo is trusted."""
    reasons = [
        f'{table}.entry = "{part.entry}" imports a Python module'
        for table, part in (("model", plan.model), ("data", plan.data))
        if part.entry is not None and not _own(part.entry)
    ]
    if plan.model.file is not None and runs_code(Path(plan.model.file)):
        reasons.append(
            f'model.file = "{plan.model.file}": an .h5 file or a SavedModel may hold Python code '
            "and operators that read and write files (a .keras archive does without)"
        )
    reasons += [
        f'power.{target} = "{command}" is a command'
        for target, command in plan.power.items()
        if command.strip() != HUB
    ]
    if plan.tflm.library is not None:
        reasons.append(
            f'tflm.library = "{plan.tflm.library}": PlatformIO runs the build scripts of a library'
        )
    return reasons


def runs_code(model: Path) -> bool:
    """Return True unless the model file is a .tflite file or an archive of Keras' safe mode."""
    if model.suffix == TFLITE:
        return False
    return model.suffix != KERAS or not model.is_file() or not zipfile.is_zipfile(model)


def _own(entry: str) -> bool:
    """Return True for modules of the project's own `models/`, by the place of their source."""
    own = Project.here().root / "models"
    return find_entry(entry).resolve().is_relative_to(own.resolve())
