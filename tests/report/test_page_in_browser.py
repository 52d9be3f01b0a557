"""The page at work: a real browser, offline, sorts, filters and shows tooltips."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.report.html import render_html
from harness.report.page import make_page
from harness.report.write import write_report
from harness.results.data import load_run
from harness.results.table import frame_of
from harness.store import Store
from tests.report.browser import ask
from tests.report.synthetic import make_run

SCRIPT = """
const frame = () => new Promise((done) => setTimeout(done, 50));
const form = document.querySelector("#filters");
const table = document.querySelector('table[data-target="qemu-m4"]');
const names = () => [...table.tBodies[0].rows].map(
  (row) => `${row.cells[0].dataset.sort} ${row.cells[1].dataset.sort}`);
const head = (column) => table.tHead.querySelector(`[data-column="${column}"]`);
const click = (column) => head(column).querySelector("button").click();
const type = async (name, value) => {
  form.elements[name].value = value;
  form.elements[name].dispatchEvent(new Event("input", { bubbles: true }));
  await frame();
};
const said = () => form.querySelector("output").textContent;
const sections = () => [...document.querySelectorAll(".target")].map((part) => part.hidden);
const answer = { start: said(), shown: getComputedStyle(form).display };
click("Latency");
answer.latency_up = names();
click("Latency");
answer.latency_down = names();
answer.told = head("Latency").getAttribute("aria-sort");
click("Variant");
answer.by_name = names();
await type("text", "neuron int8");
answer.found = names();
answer.counted = said();
await type("text", "no such variant");
answer.none = [said(), ...sections()];
await type("text", "");
await type("target", "host");
answer.one_target = [said(), ...sections()];
await type("target", "");
await type("front", "yes");
answer.front = names();
await type("front", "");
await type("status", "refused");
answer.refused = names();
form.reset();
await frame();
answer.reset = [said(), ...sections()];
const box = form.querySelector("input[name=column][value='Change']");
box.checked = false;
box.dispatchEvent(new Event("input", { bubbles: true }));
answer.column = getComputedStyle(head("Change")).display;
const problem = table.querySelector("td.problem");
answer.span = [problem.colSpan, problem.dataset.columns.split("|").length];
const point = document.querySelector("svg .point[id^='pareto-qemu-m4-latency']");
point.focus();
const tip = document.querySelector(".tip");
answer.tip = [document.activeElement === point, tip.hidden, tip.textContent];
answer.lit = document.querySelectorAll(".point.lit").length;
point.blur();
answer.gone = tip.hidden;
document.documentElement.style.width = "420px"; // a window is 500 wide at least
answer.wide = document.body.scrollWidth <= 420;
return answer;
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], list[str]]:
    folder = tmp_path_factory.mktemp("browser")
    made = make_run(folder / "results.sqlite")
    report = write_report(made.store, made.run_id, folder / "reports")
    answer, problems = ask(report / "index.html", SCRIPT, folder, width=420)
    return answer, problems


def test_no_error_reaches_the_console(told: tuple[dict[str, Any], list[str]]) -> None:
    assert told[1] == []


def test_a_click_sorts_and_another_turns_it_round(told: tuple[dict[str, Any], list[str]]) -> None:
    answer = told[0]
    up = [
        "random float32",  # 40,000 instructions
        "neuron float32",
        "magnitude float32",
        "original float32",
    ]
    assert answer["latency_up"][:3] == ["neuron int8", "magnitude int8", "original int8"]
    assert answer["latency_up"][3:7] == up
    assert answer["latency_up"][7] == "random int8"  # refused: no figure, last
    assert answer["latency_down"] == [*answer["latency_up"][6::-1], "random int8"]
    assert answer["told"] == "descending"
    assert [name.split()[0] for name in answer["by_name"]] == sorted(
        name.split()[0] for name in answer["by_name"]
    )


def test_text_and_choices_filter_rows(told: tuple[dict[str, Any], list[str]]) -> None:
    answer = told[0]
    assert (answer["start"], answer["shown"]) == ("16 rows", "flex")
    assert (answer["found"], answer["counted"]) == (["neuron int8"], "2 of 16 rows")
    assert answer["none"] == ["0 of 16 rows", True, True]
    assert answer["one_target"] == ["8 of 16 rows", True, False]
    assert answer["front"] == ["neuron int8"]
    assert answer["refused"] == ["random int8"]
    assert answer["reset"] == ["16 rows", False, False]


def test_a_column_can_be_hidden(told: tuple[dict[str, Any], list[str]]) -> None:
    shown, covered = told[0]["span"]
    assert (told[0]["column"], shown) == ("none", covered - 1)


def test_a_point_in_focus_says_its_figures(told: tuple[dict[str, Any], list[str]]) -> None:
    focused, hidden, text = told[0]["tip"]
    assert (focused, hidden) == (True, False)
    assert text.startswith("original float32: 96.7 (91.7 to 98.7) % correct, 120,0")
    assert text.endswith("instructions, 15,600 B of flash")
    assert told[0]["lit"] == 2  # the same cell against latency and against flash
    assert told[0]["gone"] is True


def test_a_phone_scrolls_tables_but_not_the_page(told: tuple[dict[str, Any], list[str]]) -> None:
    assert told[0]["wide"] is True


def test_a_run_without_cells_has_no_toolbar_and_no_error(tmp_path: Path) -> None:
    store = Store(tmp_path / "results.sqlite")
    run = store.begin_run(plan_name="p", plan_text="", plan_digest="d", provenance={}, classes=10,
                          labels=np.arange(10))  # fmt: skip
    page = write_report(store, run, tmp_path / "reports") / "index.html"
    answer, problems = ask(page, "return document.querySelector('#filters').hidden", tmp_path)
    assert (answer, problems) == (True, [])


FITS = """
const wide = [...document.querySelectorAll(".scroll")].filter(
  (part) => part.scrollWidth > part.clientWidth);
const find = document.querySelector("input[type=search]");
const canvas = document.createElement("canvas").getContext("2d");
const style = getComputedStyle(find);
canvas.font = `${style.fontSize} ${style.fontFamily}`;
const button = 20; // that of a search field, to empty it
const room = find.clientWidth - 2 * parseFloat(style.paddingLeft) - button;
return [
  document.querySelector("output").textContent,
  wide.map((part) => part.textContent.slice(0, 40)),
  canvas.measureText(find.placeholder).width < room,
];
"""


def test_tables_and_hints_of_a_single_cell_fit_a_desk_screen(tmp_path: Path) -> None:
    """With names and figures as long as those of the sample."""
    made = make_run(tmp_path / "results.sqlite")
    data = load_run(made.store, made.run_id)
    cell = next(cell for cell in data.cells if cell.said is not None)
    record = replace(cell.record, key=replace(cell.record.key, variant="magnitude_80"))
    assert cell.artifact is not None
    artifact = replace(cell.artifact, variant="magnitude_80")
    single = replace(data, artifacts=[artifact], cells=[replace(cell, record=record)])
    frame = frame_of(single).assign(
        latency_median=1_978_749.0, latency_p95=2_004_550.0, parity_max_abs=7.2e-7,
        flash_bytes=45_512, tflite_bytes=36_320, gzip_bytes=32_390,
    )  # fmt: skip
    page = tmp_path / "index.html"
    page.write_text(render_html(make_page(single, frame, 0.01), []), encoding="utf-8")
    answer, problems = ask(page, FITS, tmp_path, width=1200)
    assert (answer, problems) == (["1 row", [], True], [])


def test_print_shows_every_row_that_the_filter_lets_through(tmp_path: Path) -> None:
    """A long table draws its first rows; asked for all, or printed, it has every one."""
    made = make_run(tmp_path / "results.sqlite")
    page = write_report(made.store, made.run_id, tmp_path / "reports") / "index.html"
    page.write_text(page.read_text().replace("const MOST_DRAWN = 100;", "const MOST_DRAWN = 3;"))
    script = """
    const rows = () => document.querySelector("table.sortable").tBodies[0].rows.length;
    const more = document.querySelector(".more button");
    const answer = [rows(), more.textContent];
    dispatchEvent(new Event("beforeprint"));
    answer.push(rows());
    dispatchEvent(new Event("afterprint"));
    answer.push(rows());
    more.click();
    return [...answer, rows(), more.parentElement.hidden];
    """
    answer, problems = ask(page, script, tmp_path)
    assert (answer, problems) == ([3, "Show all 8 rows", 8, 3, 8, True], [])
