"""Error rates of the rules for verdict, gate and history, by simulation.

    python benchmarks/statistics.py                  # prints tables; some minutes
    python benchmarks/statistics.py --write          # into docs/statistics.md, too
    python benchmarks/statistics.py --studies 100    # coarser and quicker

The simulated rules are the report's and the gate's own (benchmarks/studies); "old" are those that
they replaced.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

HERE = Path(__file__).parent

if __name__ == "statistics":
    # Scripts of this folder, this one too, find this file where they want the standard library's
    # module of the same name: give them that one.
    del sys.modules[__name__]
    kept, sys.path[:] = sys.path[:], [path for path in sys.path if Path(path).resolve() != HERE]
    sys.modules[__name__] = import_module(__name__)
    sys.path[:] = kept

DOCS = HERE.parent / "docs" / "statistics.md"
MARKS = ("<!-- figures: benchmarks/statistics.py -->", "<!-- end of figures -->")
SAMPLES = (100, 360, 720, 1000, 3000, 10_000)
MODELS = (2, 12, 40)
CELLS = 50
SEED = 20261130


def table(title: str, heads: list[str], rows: list[list[str]]) -> str:
    """A Markdown table below its title."""
    lines = [heads, ["---", *["---:"] * (len(heads) - 1)], *rows]
    return "\n".join([f"**{title}**", "", *(f"| {' | '.join(line)} |" for line in lines)])


def share(value: float) -> str:
    """`.043`."""
    return f"{value:.3f}".removeprefix("0")


def verdict_tables(studies: int) -> list[str]:
    """Wrong and right verdicts by number of samples and models."""
    from studies import verdicts

    found = []
    heads = [
        "samples",
        *(f"{models} models, {rule}" for models in MODELS for rule in ("old", "new")),
    ]
    for world in (verdicts.WORSE, verdicts.BORDER):
        rows = []
        for samples in SAMPLES:
            cells = [
                share(verdicts.simulate(rule, world, models, samples, studies, SEED).wrong)
                for models in MODELS
                for rule in ("old", "new")
            ]
            rows.append([f"{samples:,}", *cells])
        found.append(
            table(f"A model more than a point worse is shipped: {world.title}", heads, rows)
        )
    rows = []
    for samples in SAMPLES:
        cells = [
            share(
                verdicts.simulate("new", verdicts.HARMLESS, models, samples, studies, SEED).shipped
            )
            for models in MODELS
        ]
        rows.append([f"{samples:,}", *cells])
    heads = ["samples", *(f"{models} models" for models in MODELS)]
    title = f"A pruned model is shipped: {verdicts.HARMLESS.title}, .8 % of answers change sides"
    return [*found, table(title, heads, rows)]


def board_table(studies: int) -> str:
    """Alarms of the gate on boards by noise between runs."""
    from studies import boards

    rows = []
    for noise in (
        boards.Noise(0.01), boards.Noise(0.02), boards.Noise(0.03), boards.Noise(0.01, thermal=True)
    ):  # fmt: skip
        cells = [f"{noise.between:.0%}" + (", one run of five 2 % slower" if noise.thermal else "")]
        for rule in ("old", "new"):
            false, _ = boards.simulate(rule, noise, CELLS, 0.0, studies, SEED)
            _, caught = boards.simulate(rule, noise, CELLS, 0.04, studies, SEED)
            cells += [share(false), share(caught)]
        rows.append(cells)
    heads = ["spread between runs"]
    heads += [
        f"{rule}: {what}" for rule in ("old", "new") for what in ("false alarm", "+4 % caught")
    ]
    return table(f"Gate on boards, {CELLS} cells", heads, rows)


def history_table(studies: int) -> str:
    """Steps found in histories that have none."""
    from studies import histories

    rows = []
    for runs in (14, 20, 40):
        cells = [f"{runs}"]
        for correlation in (0.0, 0.5, 0.7):
            for blocks in (False, True):
                found = histories.simulate(
                    runs, correlation, blocks=blocks, studies=studies, seed=SEED
                )
                cells.append(share(found))
        rows.append(cells)
    heads = ["runs"]
    heads += [f"{c}: {rule}" for c in ("0", ".5", ".7") for rule in ("old", "new")]
    return table(
        "A step is found in a history without one, by correlation of neighbours", heads, rows
    )


def main(studies: int = 4000, write: bool = False) -> None:
    """Print the tables, and write them into docs/statistics.md.

    `studies` of each figure on verdicts; a quarter as many on boards, a tenth on histories.
    """
    few, fewer = max(20, studies // 4), max(20, studies // 10)
    text = "\n\n".join([*verdict_tables(studies), board_table(few), history_table(fewer)])
    sys.stdout.write(text + "\n")
    if write:
        from scripts.marked_part import with_part

        note = f"{studies:,} simulated studies a figure; boards {few:,}, histories {fewer:,}."
        page = DOCS.read_text(encoding="utf-8")
        DOCS.write_text(with_part(page, MARKS, f"{note}\n\n{text}"), encoding="utf-8")


if __name__ == "__main__":
    import typer

    typer.run(main)
