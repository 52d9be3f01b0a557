"""The trace of a search: search.json and search.html beside the report of its run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from harness.durable import write_file
from harness.report.verdict import TOLERANCE, verdicts
from harness.results.data import load_run
from harness.results.table import frame_of
from harness.search.budget import Budget
from harness.search.measured import measured_cells
from harness.search.search import Found
from harness.search.trace_html import page_of
from harness.search.trials import Trial
from harness.store import Store

FILE, PAGE = "search.json", "search.html"


def write_trace(found: Found, store: Store, folder: Path) -> Path:
    """Write the trace into a report's folder; return the page. Raises OSError."""
    data = load_run(store, found.run_id)
    cells = list(measured_cells(data, found.finals.values()))
    content = {
        "run": found.run_id,
        "prefer": found.prefer,
        "original_validation_accuracy": found.accuracy,
        "validation_samples": found.samples,
        "budgets": [
            {"target": each.target, "text": each.text, "wanted": found.wanted[each.target]}
            for each in found.budgets
        ],
        "trials": [_trial(each) for each in found.trials],
        "variants": {name: shape.text for shape, name in found.finals.items()},
        "measured": [vars(each) for each in cells],
        "layers": {
            target: [vars(each) for each in layers] for target, layers in found.layers.items()
        },
    }
    write_file(folder / "plan.toml", found.text.encode())
    write_file(folder / FILE, (json.dumps(content, indent=1) + "\n").encode())
    write_file(folder / PAGE, page_of(found, cells, summary(found, store)).encode())
    return folder / PAGE


def summary(found: Found, store: Store) -> list[str]:
    """Return for each target: what was found, the verdict of the run, errors of the model."""
    data = load_run(store, found.run_id)
    frame = frame_of(data)
    lines = []
    for budget in found.budgets:
        meets = found.meets[budget.target]
        if meets:
            best = meets[0] if budget.objective != "accuracy" else max(meets, key=lambda t: t.mean)
            lines.append(f"{budget.target}: {_words(best, budget, found)}")
        else:
            nearest = found.nearest[budget.target]
            lines.append(
                f"{budget.target}: no shape meets the budget ({budget.text}); the nearest is "
                f"{_words(nearest, budget, found)}; what binds: {_binding(nearest, budget, found)}"
            )
        rows = frame[frame["target"] == budget.target]
        lines += [f"{budget.target}: {each.headline}" for each in verdicts(data, rows, TOLERANCE)]
    errors = [
        each.costs[target].latency / count - 1
        for each in found.trials
        for target, count in each.measured.items()
    ]
    if errors:
        lines.append(
            f"modelled to counted latency of {len(errors)} shapes: "
            f"{100 * min(errors):+.1f} to {100 * max(errors):+.1f} %"
        )
    return lines


def _words(trial: Trial, budget: Budget, found: Found) -> str:
    costs = trial.costs_on(budget.target)
    name = found.finals.get(trial.shape)
    return (
        f"{trial.shape.text}{f' ({name})' if name else ''}: {costs.latency:,.0f} {budget.unit}, "
        f"{costs.flash:,.0f} B of constants, {costs.arena:,.0f} B of arena, validation accuracy "
        f"{100 * trial.mean:.1f} % (mean of {len(trial.accuracy)} starts; original "
        f"{100 * found.accuracy:.1f} %)"
    )


def _binding(trial: Trial, budget: Budget, found: Found) -> str:
    over = [str(axis) for axis in budget.exceeded(trial.costs_on(budget.target))]
    if trial.score < found.wanted[budget.target]:
        over.append("accuracy")
    return " and ".join(over) or "nothing"


def _trial(each: Trial) -> dict[str, Any]:
    return {
        "keep": dict(each.shape.keep),
        "zeros": dict(each.shape.zeros),
        "round": each.round,
        "epochs": each.epochs,
        "validation_accuracy": list(each.accuracy),
        "modelled": {target: vars(costs) for target, costs in each.costs.items()},
        "counted": dict(each.measured),
    }
