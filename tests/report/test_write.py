import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from harness.errors import StoreError
from harness.report.write import write_report
from harness.store import CellFacts, Store
from tests.report.empty_run import begin
from tests.report.page_parser import Page
from tests.report.synthetic import Made, make_run

PLOTS = (
    "confusion-float32",
    "confusion-int8",
    "latency-host",
    "latency-qemu-m4",
    "legend",
    "pareto-host",
    "pareto-qemu-m4",
    "sizes",
    "training",
    *(f"training-0{number}" for number in range(1, 5)),
)
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Made, Path]:
    folder = tmp_path_factory.mktemp("run")
    made = make_run(folder / "results.sqlite")
    return made, write_report(made.store, made.run_id, folder / "reports")


@pytest.fixture(scope="module")
def page(shared: tuple[Made, Path]) -> Page:
    return Page((shared[1] / "index.html").read_text(encoding="utf-8"))


def test_the_folder_holds_everything_and_latest_points_to_it(shared: tuple[Made, Path]) -> None:
    _, folder = shared
    assert re.fullmatch(r"digits-\d{8}T\d{6}Z-run1", folder.name)
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.*"))
    assert files == [
        "index.html",
        "layers.csv",
        *sorted(f"plots/{name}.svg" for name in PLOTS),
        "results.csv",
        "results.json",
        "results.md",
        "results.parquet",
        "results.tex",
        "seeds.csv",
    ]
    assert (folder.parent / "latest").resolve() == folder.resolve()
    assert {path.name for path in folder.parent.iterdir()} == {folder.name, "latest"}
    for path in folder.glob("plots/*.svg"):
        root = ElementTree.parse(path).getroot()
        assert len(root.findtext("{http://www.w3.org/2000/svg}title", "")) > 40
        assert "var(--" not in path.read_text(encoding="utf-8")


def test_writing_it_again_keeps_what_a_search_put_beside_it(tmp_path: Path, made: Made) -> None:
    folder = write_report(made.store, made.run_id, tmp_path)
    (folder / "search.json").write_text("{}", encoding="utf-8")
    (folder / "other.txt").write_text("", encoding="utf-8")
    assert write_report(made.store, made.run_id, tmp_path) == folder
    assert (folder / "search.json").read_text(encoding="utf-8") == "{}"
    assert not (folder / "other.txt").exists()


def test_the_page_needs_nothing_from_outside(shared: tuple[Made, Path], page: Page) -> None:
    html = (shared[1] / "index.html").read_text(encoding="utf-8")
    assert "http:" not in html
    assert "https:" not in html
    assert "@import" not in html
    for tag, attributes in page.tags:
        assert tag not in ("link", "iframe", "object", "embed", "base")
        assert "src" not in attributes or str(attributes["src"]).startswith("data:")
        href = attributes.get("href") or attributes.get("xlink:href")
        if href is not None:
            assert href.startswith("#") or (tag == "a" and href == "results.csv")
    assert all("url(#" in piece for piece in re.findall(r"url\([^)]*\)", html))


def test_every_reference_inside_the_page_has_its_target(
    shared: tuple[Made, Path], page: Page
) -> None:
    html = (shared[1] / "index.html").read_text(encoding="utf-8")
    ids = [attributes["id"] for _, attributes in page.tags if attributes.get("id")]
    assert len(ids) == len(set(ids))
    wanted = set(re.findall(r'url\(#([^)]+)\)|href="#([^"]+)"', html))
    assert {first or second for first, second in wanted} <= set(ids)
    for attributes in page.all("section", "div"):
        assert attributes.get("aria-labelledby", ids[0]) in ids


def test_every_picture_says_what_it_shows(page: Page) -> None:
    assert all(attributes.get("alt") for attributes in page.all("img"))
    pictures = list(page.all("svg"))
    assert len(pictures) == 11
    for attributes in pictures:  # what holds parts to focus is a group of them
        pareto = str(attributes["aria-label"]).startswith("Accuracy against median latency")
        assert attributes["role"] == ("group" if pareto else "img")
        assert len(str(attributes["aria-label"])) > 40


def test_every_table_has_a_caption_and_heads(page: Page) -> None:
    assert len(page.tables) >= 2 + 1 + 1 + 8
    for table in page.tables:
        assert table["caption"].strip()
        assert table["th"] >= 2
    assert all(attributes.get("scope") in ("col", "row") for attributes in page.all("th"))


def test_no_two_columns_of_a_table_have_the_same_head(page: Page) -> None:
    for table in page.tables:
        heads = [" ".join(head.split()) for head in table["rows"][0]]
        if "Flash" not in heads:  # the memory map has two groups
            assert len(heads) == len(set(heads)), heads


def results(page: Page) -> list[dict[str, Any]]:
    return [table for table in page.tables if table["caption"].startswith("Latency is")]


def test_every_cell_of_the_run_is_a_row(page: Page) -> None:
    for table, target in zip(results(page), ("qemu-m4", "host"), strict=True):
        names = [(row[0].split()[0], row[1]) for row in table["rows"][1:]]
        assert len(names) == 8, target
        assert set(names) == {
            (variant, dtype)
            for variant in ("original", "magnitude", "neuron", "random")
            for dtype in ("float32", "int8")
        }


def test_cells_that_did_not_end_well_are_shown_with_reason_and_figures(page: Page) -> None:
    refused, failed = (
        "refused: the image needs 5,000,000 B of flash",
        "failed at measure: no answer",
    )
    first, second = results(page)
    assert refused in first["rows"][8][2]
    assert failed in second["rows"][7][2]
    (undone,) = (table for table in page.tables if "did not end well" in table["caption"])
    rows = undone["rows"][1:]
    assert [row[0] for row in rows] == ["random int8 on qemu-m4", "random float32 on host"]
    assert rows[0][2:] == ["–", "1,428", "–", "4,500", "2,250"]  # noqa: RUF001
    assert rows[1][2:] == ["9,000", "2,464", "–", "10,500", "5,250"]  # noqa: RUF001


def test_the_verdict_comes_first_and_names_the_choice(
    shared: tuple[Made, Path], page: Page
) -> None:
    text = page.text
    assert text.index("Candidate neuron int8") < text.index("Fastest here: neuron int8")
    assert text.index("Fastest here: neuron int8") < text.index("How these figures were obtained")
    assert "at most 1 point worse than the original in accuracy" in text
    assert "a drop of up to 6.5 points is not excluded (95 %, of 4 models)" in text
    assert "120 samples can show 9.1 points; fewer than 498 cannot show 1 point at all" in text
    assert "random float32 is no choice" not in text
    folder = write_report(*_run(shared), shared[1].parent.parent / "other", tolerance=0.07)
    wider = Page((folder / "index.html").read_text(encoding="utf-8")).text
    assert "Ship neuron int8, no more than 7 points worse (95 %, of 4 models)" in wider


def _run(shared: tuple[Made, Path]) -> tuple[Store, int]:
    return shared[0].store, shared[0].run_id


@pytest.mark.parametrize(
    "statement",
    [
        "Instructions are not cycles",
        "no milliseconds are derived from it",
        "never gates",
        "orientation only",
        "Counter: cmsdk-timer at 25 MHz.",
        "Cost of an empty start and stop, subtracted: 12 instructions.",
        "over 119 timed calls",
        "Wilson's 95 % interval",
        "zero weights in unchanged shapes 1.00× to 3.00×",  # noqa: RUF001
        "This run is not finished",
        "abc123",
        "Less than 25 % is noise on this clock.",
    ],
)
def test_the_page_says_how_figures_came_about(page: Page, statement: str) -> None:
    assert statement in page.text


def test_the_confusion_matrices_hold_every_sample(page: Page) -> None:
    matrices = [table for table in page.tables if "wrong" in table["caption"]]
    assert len(matrices) == 8
    first = matrices[0]
    assert first["caption"].startswith("original float32 on qemu-m4, host")
    assert "4 of 120 wrong" in first["caption"]
    cells = np.array([[int(text) for text in row[1:]] for row in first["rows"][1:]])
    assert (cells.sum(), np.trace(cells)) == (120, 116)


def test_markdown_holds_verdict_tables_and_failures(shared: tuple[Made, Path]) -> None:
    text = (shared[1] / "results.md").read_text(encoding="utf-8")
    assert "**Arm Cortex-M4F (MPS2 AN386) in QEMU: Candidate neuron int8.**" in text
    assert "| **neuron** (candidate) | int8 | 96.7 (" in text
    assert "| random int8 on qemu-m4 | refused: the image needs 5,000,000 B of flash" in text
    for table in re.findall(r"(?:^\| .*\n)+", text, re.MULTILINE):
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}) == 1
    assert "| original | 96.3 (1.5) | 94.7–97.7 |  |" in text  # noqa: RUF001


def test_writing_again_replaces_the_folder(tmp_path: Path) -> None:
    store = Store(tmp_path / "results.sqlite")
    first, second = begin(store), begin(store)
    folder = write_report(store, first, tmp_path / "reports")
    (folder / "stray.txt").write_text("old")
    assert write_report(store, first, tmp_path / "reports") == folder
    assert not (folder / "stray.txt").exists()
    other = write_report(store, second, tmp_path / "reports")
    latest = tmp_path / "reports" / "latest"
    assert latest.readlink() == Path(other.name)
    assert {path.name for path in latest.parent.iterdir()} == {folder.name, other.name, "latest"}


def test_where_links_are_impossible_latest_is_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(1, "not permitted")

    monkeypatch.setattr(Path, "symlink_to", refuse)
    store = Store(tmp_path / "results.sqlite")
    folder = write_report(store, begin(store), tmp_path / "reports")
    assert (tmp_path / "reports" / "latest").read_text() == f"{folder.name}\n"


def test_a_folder_that_cannot_be_written_is_a_typed_error(tmp_path: Path) -> None:
    store = Store(tmp_path / "results.sqlite")
    (tmp_path / "reports").write_text("a file is in the way")
    with pytest.raises(StoreError, match="cannot be written"):
        write_report(store, begin(store), tmp_path / "reports")


def test_the_log_is_told_where_the_report_is(tmp_path: Path) -> None:
    store, said = Store(tmp_path / "results.sqlite"), []
    folder = write_report(store, begin(store), tmp_path / "reports", log=said.append)
    assert said == [f"report of run 1: {folder / 'index.html'}"]


def test_the_report_loads_neither_targets_nor_variants() -> None:
    script = (
        "import sys, harness.report.write as w; print(*sorted(n for n in sys.modules "
        "if n.startswith(('harness.targets', 'harness.variants', 'tensorflow', 'scipy'))))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []


def test_provenance_names_the_boards_that_measured(made: Made, tmp_path: Path) -> None:
    key = next(cell.key for cell in made.store.cells(1) if cell.status == "ok")
    made.store.put_cell(1, key, facts=CellFacts(board="USB 2341:0043, serial number A1"))
    text = (write_report(made.store, 1, tmp_path) / "results.md").read_text(encoding="utf-8")
    assert re.search(rf"\| board {key.target} +\| USB 2341:0043, serial number A1", text)
