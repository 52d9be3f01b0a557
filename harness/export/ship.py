"""The models to ship beside a report: an archive for each verdict, or the reason why not."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from harness.errors import HarnessError, InputError
from harness.export.archive import packed
from harness.export.from_run import RunModels, check_engine, check_measured, plan_of
from harness.export.library import library_files
from harness.plan.plan import Plan
from harness.plan.trust import require_trust
from harness.project import Project
from harness.report.finding import HOST_CLOCK
from harness.report.ship import FOLDER, Ship
from harness.report.verdict import Verdict
from harness.results.data import RunData
from harness.variants.build import build_variants, is_cached

FORMAT = "arduino"  # as `harness export` without --format; its IDE takes the archive as it is
VECTORS = 8  # as `harness export` without --vectors


@dataclass(frozen=True)
class Shipper:
    """Writes archives below a report's folder.

    `plan` is that of the run where its file is at hand, else it is read from the store. Nothing is
    trained: a model that left the cache is a reason.
    """

    project: Project
    plan: Plan | None = None

    def __call__(
        self, data: RunData, frame: pd.DataFrame, found: Sequence[Verdict], folder: Path
    ) -> Mapping[str, Ship]:
        """Return archives, written below `folder`, or reasons by target; none of the host."""
        chosen = {
            each.target: each.choice
            for each in found
            if each.choice is not None and each.timing_kind != HOST_CLOCK
        }
        if not chosen:
            return {}
        try:
            models = self._models(data, frame)
        except (HarnessError, OSError, ValueError) as error:
            return dict.fromkeys(chosen, Ship(problem=_sentence(error)))
        return {
            target: self._ship(models, place, folder / target) for target, place in chosen.items()
        }

    def _models(self, data: RunData, frame: pd.DataFrame) -> RunModels:
        plan = self.plan or plan_of(data)
        require_trust(plan)
        if not is_cached(plan, self.project.cache):
            raise InputError(
                "the models of this run are not in the cache, and a report trains none",
                hint="the command above builds them again",
            )
        built = build_variants(plan, cache_dir=self.project.cache, on_progress=lambda _: None)
        return RunModels(data, frame, plan, built)

    def _ship(self, models: RunModels, place: int, folder: Path) -> Ship:
        cell = models.data.cells[place]
        try:
            check_engine(cell)
            check_measured(cell)
            shipment = models.shipment(place).with_vectors(VECTORS)
            content = packed(shipment.name, library_files(shipment, FORMAT, self.project.root))
            path = folder / f"{shipment.name}.zip"
            folder.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        except (HarnessError, OSError, ValueError) as error:
            return Ship(problem=_sentence(error))
        return Ship(
            name=path.name,
            path=f"{FOLDER}/{folder.name}/{path.name}",
            bytes=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
        )


def _sentence(error: Exception) -> str:
    """Return an error as a sentence on one line."""
    text = " ".join(str(error).split())
    return f"{text[:1].upper()}{text[1:]}."
