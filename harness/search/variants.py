"""The plan of a search's results: the user's plan, with the shapes found as variants."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.codegen.prefer import Prefer
from harness.plan.plan import ENCODING, Plan, parse_plan
from harness.plan.sources import resolve_files
from harness.search.shape import Shape

_MATRIX = re.compile(r"^\[matrix\][ \t]*(#.*)?$", re.MULTILINE)


@dataclass(frozen=True)
class PlanText:
    """A plan's text and the folder that its files are relative to."""

    text: str
    path: Path

    @staticmethod
    def of(path: Path) -> PlanText:
        """Return the text of a plan that can be read."""
        return PlanText(path.read_text(encoding=ENCODING), path)

    def with_variants(
        self, plan: Plan, shapes: Sequence[Shape], prefer: Prefer
    ) -> tuple[Plan, str, dict[Shape, str]]:
        """Return the plan with a variant for each shape, its text, and the variants' names."""
        taken = {method.name for method in plan.variants}
        names: dict[Shape, str] = {}
        for shape in shapes:
            name, number = shape.name, 2
            while name in taken:
                name, number = f"{shape.name[:38]}_{number}", number + 1
            taken.add(name)
            names[shape] = name
        text = self.text
        if prefer != plan.matrix.prefer:
            text = _MATRIX.sub(lambda found: f'{found[0]}\nprefer = "{prefer}"', text, count=1)
        text = (
            text.rstrip("\n")
            + "\n"
            + "".join(_variant(shape, name, plan) for shape, name in names.items())
        )
        data = resolve_files(tomllib.loads(text), self.path.parent)
        made = parse_plan(data, str(self.path))
        return made.trusted_by(plan.trust).narrowed(plan.matrix.targets, plan.ports), text, names


def _variant(shape: Shape, name: str, plan: Plan) -> str:
    zeros = [(layer, share) for layer, share in shape.zeros if share > 0]
    lines = [
        "",
        "[[variant]]",
        f'name = "{name}"',
        'method = "slim"',
        f"keep = {_table(shape.keep)}",
        *([f"zeros = {_table(zeros)}"] if zeros else []),
        f"starts = {plan.search.starts}",
        f"epochs = {plan.search.epochs}",
        f"learning_rate = {plan.retrain.learning_rate}",
    ]
    return "\n".join(lines) + "\n"


def _table(pairs: Sequence[tuple[str, float]]) -> str:
    return "{ " + ", ".join(f"{json.dumps(name)} = {value}" for name, value in pairs) + " }"
