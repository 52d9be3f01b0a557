"""A search: shapes priced, trained in rounds, the last ones measured as a run of the plan."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness.boards.catalogue import load_catalogue
from harness.codegen.prefer import Prefer
from harness.errors import InputError
from harness.plan.plan import Plan
from harness.project import Project
from harness.run.plan_run import Observer, run_plan
from harness.search.budget import Budget, budget_of
from harness.search.drawing import Drawing
from harness.search.pricing import LayerCost, Pricing
from harness.search.process import TrialProcess
from harness.search.shape import Shape
from harness.search.space import Space
from harness.search.trials import (
    Round,
    Rounds,
    Trial,
    finalists,
    meeting,
    nearest_of,
    promising,
)
from harness.search.variants import PlanText
from harness.store import Store
from harness.training.converted import read_model_file
from harness.variants.build import build_variants
from harness.variants.progress import Progress

NAME = "search"
_FINAL = 3  # variants for each target
_COUNTED = 5  # shapes for each target that are counted on it before that
_SLACK = 0.01  # accuracy below the wanted one that more epochs may still gain


@dataclass(frozen=True)
class Found:
    """The end of a search.

    `wanted`: least validation accuracy by target; `meets`: the trials that meet each budget, the
    cheapest first; `finals`: names of the variants by shape.
    """

    run_id: int
    plan: Plan
    text: str
    budgets: tuple[Budget, ...]
    accuracy: float
    samples: int
    wanted: Mapping[str, float]
    trials: tuple[Trial, ...]
    finals: Mapping[Shape, str]
    meets: Mapping[str, tuple[Trial, ...]]
    nearest: Mapping[str, Trial]
    layers: Mapping[str, tuple[LayerCost, ...]]
    prefer: Prefer


class Search:
    """One search over the targets of a plan."""

    def __init__(
        self, plan: Plan, text: PlanText, project: Project, store: Store, observer: Observer
    ) -> None:
        catalogue = load_catalogue()
        self._plan, self._text = plan, text
        self._project, self._store, self._observer = project, store, observer
        self._specs = [catalogue[name] for name in plan.matrix.targets]
        self._budgets = tuple(budget_of(plan.search, spec) for spec in self._specs)
        self._dtype = _dtype(plan)
        self._prefer = _preference(plan, self._budgets)
        for spec in self._specs:
            if spec.timing_kind == "host-clock":
                raise InputError(
                    "this target's latency is a clock of this computer: nothing to optimise",
                    where=spec.name,
                    hint="search for a simulated core or a board",
                )

    def run(self) -> Found:
        """Search, then build and measure the variants found.

        Raises InputError where no shape of the model meets a budget.
        """
        original = next(m for m in self._plan.variants if m.parameters["method"] == "none")
        base = self._plan.model_copy(update={"variants": (original,), "seeds": 1})
        built = build_variants(
            base,
            cache_dir=self._project.cache,
            on_progress=self._observer.train,
            dtypes=[self._dtype],
        )
        tflite = read_model_file(built.variants[0].files[self._dtype])
        process = TrialProcess(base, self._project.cache, lambda text: self._tell("train", text))
        try:
            facts, _ = process.ask({"space": True})
            self._space = Space.of(tflite, facts["layers"], facts["keepable"])
            self._pricing = Pricing(
                self._space,
                self._specs,
                self._prefer,
                self._plan,
                self._project,
                lambda text: self._tell("count", text),
            )
            self._pricing.check_reachable(self._budgets)
            accuracy = float(facts["accuracy"])
            rounds = self._rounds(process, accuracy)
        finally:
            process.stop()
        wanted = {each.target: accuracy - (each.drop or 0.0) for each in self._budgets}
        last = [each for each in rounds.trials if each.round == 2] or rounds.trials
        last = self._counted(last, wanted)
        chosen: dict[Shape, None] = {}
        for budget in self._budgets:
            for each in finalists(last, budget, wanted[budget.target], _FINAL):
                chosen.setdefault(each.shape)
        plan, text, names = self._text.with_variants(self._plan, list(chosen), self._prefer)
        counted = {each.shape: each for each in last}
        trials = tuple(
            counted[each.shape] if each.round == 2 and each.shape in counted else each
            for each in rounds.trials
        )
        run_id = run_plan(
            plan,
            text,
            self._project,
            self._store,
            self._observer,
            resume=self._store.unfinished_run(plan.digest) is not None,
        )
        meets = {each.target: meeting(last, each, wanted[each.target]) for each in self._budgets}
        nearest = {
            each.target: nearest_of(last, each, wanted[each.target]) for each in self._budgets
        }
        return Found(
            run_id=run_id,
            plan=plan,
            text=text,
            budgets=self._budgets,
            accuracy=accuracy,
            samples=int(facts["samples"]),
            wanted=wanted,
            trials=trials,
            finals=names,
            meets=meets,
            nearest=nearest,
            layers={
                spec.name: self._pricing.layers(
                    (meets[spec.name] or (nearest[spec.name],))[0].shape, spec
                )
                for spec in self._specs
            },
            prefer=self._prefer,
        )

    def _rounds(self, process: TrialProcess, accuracy: float) -> Rounds:
        part = self._plan.search
        rounds = Rounds(
            process.ask,
            self._pricing.of,
            seed=self._plan.seed,
            learning_rate=self._plan.retrain.learning_rate,
            qat=self._dtype.startswith("int8"),
            deadline=None if part.minutes is None else time.monotonic() + 60 * part.minutes,
            tell=lambda trials: self._tell("trials", self._best(trials, accuracy)),
        )
        drawing = Drawing(self._space, self._pricing, self._plan.seed)
        first = Round(1, max(1, part.epochs // 5), 2)
        count = max(2, part.trials // 2)
        rounds.train(drawing.coarse(self._budgets, count), first)
        shapes: dict[Shape, None] = {}
        for budget in self._budgets:
            wanted = accuracy - (budget.drop or 0.0)
            each = max(2, count // len(self._budgets))
            shapes |= dict.fromkeys(drawing.fine(budget, rounds.trials, wanted, each))
        if shapes and not rounds.over:
            rounds.train(list(shapes), first)
        survivors: dict[Shape, None] = {}
        for budget in self._budgets:
            wanted = accuracy - (budget.drop or 0.0)
            each = max(3, part.trials // (3 * len(self._budgets)))
            kept = promising(rounds.trials, budget, wanted, each, _SLACK)
            survivors |= dict.fromkeys(trial.shape for trial in kept)
        if not rounds.over:
            rounds.train(list(survivors), Round(2, max(1, part.epochs * 2 // 5), 4))
        return rounds

    def _counted(self, trials: Sequence[Trial], wanted: Mapping[str, float]) -> list[Trial]:
        """Return the trials with the most promising ones' latencies as counted on the targets."""
        found = {each.shape: each for each in trials}
        for spec, budget in zip(self._specs, self._budgets, strict=True):
            best = finalists(trials, budget, wanted[spec.name], _COUNTED)
            shapes = [each.shape for each in best]
            for shape, count in zip(shapes, self._pricing.counts(spec, shapes), strict=True):
                if count is not None:
                    before = found[shape]
                    known = {**before.measured, spec.name: count}
                    found[shape] = replace(before, measured=known)
        return list(found.values())

    def _best(self, trials: Sequence[Trial], accuracy: float) -> str:
        """Return the best so far in words."""
        words = []
        for budget in self._budgets:
            wanted = accuracy - (budget.drop or 0.0)
            good = meeting(trials, budget, wanted)
            if budget.objective == "accuracy":
                good = tuple(sorted(good, key=lambda each: -each.mean))
            each = good[0] if good else nearest_of(trials, budget, wanted)
            cost = each.costs_on(budget.target).of(budget.price_axis)
            unit = budget.unit if budget.price_axis == "latency" else "B"
            words.append(
                f"{budget.target}: {'best' if good else 'nearest'} {each.shape.text}, "
                f"{cost:,.0f} {unit}, {100 * each.mean:.1f} %"
            )
        return f"{len(trials)} trained; {'; '.join(words)}"

    def _tell(self, stage: str, text: str) -> None:
        self._observer.train(Progress(NAME, f"{stage}: {text}"))


def _dtype(plan: Plan) -> str:
    part, dtypes = plan.search, plan.matrix.dtypes
    if part.dtype is not None and part.dtype not in dtypes:
        raise InputError(
            f"'{part.dtype}' is not among the dtypes of [matrix]",
            where="[search] dtype",
            hint=f"one of {', '.join(dtypes)}",
        )
    return part.dtype or ("int8" if "int8" in dtypes else dtypes[0])


def _preference(plan: Plan, budgets: Sequence[Budget]) -> Prefer:
    """Return the plan's preference; where it has none, that of the first budget's cost."""
    if "prefer" in plan.matrix.model_fields_set:
        return plan.matrix.prefer
    return "time" if budgets[0].price_axis == "latency" else "flash"


def search_plan(
    plan: Plan, path: Path, project: Project, store: Store, observer: Observer
) -> Found:
    """Run the search of a plan's `[search]` on its targets. Raises as `Search.run`."""
    if plan.model.bare:
        raise InputError(
            "a .tflite file cannot be trained", where=plan.model.source, hint="name a Keras model"
        )
    return Search(plan, PlanText.of(path), project, store, observer).run()
