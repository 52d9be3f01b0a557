"""The first table: states, gains in their order, hosts folded, few columns of many variants."""

import re

import numpy as np
import pytest

from harness.report.html import FOLDER, render_html
from harness.report.markdown import render_markdown
from harness.report.matrix import MOST_VARIANTS, Line, Matrix
from harness.report.page import Page, make_page
from harness.report.ship import Ship
from tests.report.judged import LABELS, model, original
from tests.report.page_parser import Page as Parsed
from tests.report.runs import Model, make_data, make_frame


def page_of(*models: Model, labels: np.ndarray = LABELS) -> Page:
    data = make_data(labels, models)
    return make_page(data, make_frame(data), 0.01)


def lines_of(matrix: Matrix, board: int = 0) -> dict[tuple[str, str], Line]:
    cells = zip(matrix.variants, matrix.boards[board].cells, strict=True)
    return {(variant, line.dtype): line for variant, cell in cells for line in cell}


HOST = {"timing_kind": "host-clock", "latency_unit": "us"}
DUO = (
    original(20, 1000, dtype="float32"),
    original(20, 500, dtype="int8"),
    model("fast", range(22), 800, dtype="float32"),
    model("fast", range(22), 125, dtype="int8"),
)


def test_gains_are_told_by_pruning_first_and_by_format_second() -> None:
    lines = lines_of(page_of(*DUO).matrix)
    assert lines["original", "float32"].figures == ("the original",)
    assert lines["original", "int8"].figures == ("2.00× by int8", "±0.0 points")  # noqa: RUF001
    assert lines["fast", "float32"].figures == ("1.25× by pruning", "−0.1 points")  # noqa: RUF001
    assert lines["fast", "int8"].figures == (
        "4.00× by pruning",  # noqa: RUF001
        "2.00× by int8",  # noqa: RUF001
        "−0.1 points",  # noqa: RUF001
    )


def test_a_board_has_its_verdict_word_for_word_and_the_choice_its_figures() -> None:
    page = page_of(*DUO)
    (board,) = page.matrix.boards
    assert board.sentence == "Ship fast int8, no more than 1 point worse (95 %, of 2 models)."
    assert board.sentence == f"{page.targets[0].verdict.headline}."
    assert board.figures == "98.9 % correct · 125 cycles, 8.00× the original's speed · 100 B flash"  # noqa: RUF001
    assert board.basis.startswith("cycle-accurate · n = 2,000 test samples")


def test_every_state_has_a_word_and_a_sign_of_its_own() -> None:
    matrix = page_of(
        original(20),
        model("fast", range(21), 100),
        model("slow", range(21), 900),
        model("odd", range(21), 50, off=3),
        model("large", [], status="refused"),
        model("lost", [], status="failed"),
    ).matrix
    lines = lines_of(matrix)
    assert {name: line.state for (name, _), line in lines.items()} == {
        "original": "fits", "fast": "ship", "slow": "fits", "odd": "no choice",
        "large": "refused", "lost": "failed",
    }  # fmt: skip
    assert lines["odd", "int8"].reason.startswith("outputs")
    assert [state for state, _, _ in matrix.states] == [
        "ship", "fits", "no choice", "refused", "failed"
    ]  # fmt: skip


def test_a_speed_without_an_original_of_its_format_is_against_the_one_original() -> None:
    lines = lines_of(page_of(DUO[1], DUO[2], DUO[3]).matrix)
    assert lines["fast", "float32"].figures == ("0.62× the original", "−0.1 points")  # noqa: RUF001


def test_the_host_is_last_and_folded_unless_it_is_alone() -> None:
    on_host = [model(name, range(20), 5, target="host", facts=HOST) for name in ("original", "b")]
    page = page_of(*on_host, original(20), model("b", range(20), 300))
    assert [target.name for target in page.targets] == ["m4", "host"]
    assert [board.name for board in page.matrix.boards] == ["m4"]
    assert [board.name for board in page.matrix.folded] == ["host"]
    alone = page_of(*on_host)
    assert ([board.name for board in alone.matrix.boards], alone.matrix.folded) == (["host"], ())
    assert not alone.targets[0].folded


def test_of_many_variants_the_choice_and_the_original_have_columns() -> None:
    many = [model(f"v{number}", range(20), 900 - number) for number in range(30)]
    matrix = page_of(original(20), *many, model("best", range(20), 10)).matrix
    assert len(matrix.variants) == MOST_VARIANTS
    assert matrix.variants[0] == "original"
    assert matrix.variants[-1] == "best"
    assert matrix.left_out == 32 - MOST_VARIANTS


def test_without_an_original_there_is_no_change_and_no_choice() -> None:
    matrix = page_of(model("fast", range(20), 100), model("slow", range(20), 200)).matrix
    assert matrix.boards[0].sentence.startswith("No verdict: no unpruned variant")
    assert matrix.boards[0].figures == ""
    assert {line.figures for line in lines_of(matrix).values()} == {()}


def test_the_answer_is_the_first_table_of_page_and_markdown() -> None:
    page = page_of(*DUO).with_ships({"m4": Ship("x.zip", "ship/m4/x.zip", 7, "ab" * 32)})
    parsed = Parsed(render_html(page, []))
    first = parsed.tables[0]
    assert first["rows"][0] == ["Board and verdict", "original", "fast"]
    assert "Ship fast int8, no more than 1 point worse (95 %, of 2 models)." in first["rows"][1][0]
    assert "✓" in first["rows"][1][2]
    text = parsed.text
    assert text.index("Ship fast int8") < text.index("“Ship”: the fastest model")
    assert {"ship/m4/x.zip"} == {
        each["href"] for each in parsed.all("a") if "download" in each
    }  # of the row and of the card
    lines = [line for line in render_markdown(page).splitlines() if line]
    assert lines[0] == "# p: what to ship on which board"
    assert lines[1].startswith("| board and verdict | original | fast |")
    assert "**Ship fast int8, no more than 1 point worse (95 %, of 2 models).**" in lines[3]
    assert "[x.zip](ship/m4/x.zip), 7 B, SHA-256" in render_markdown(page)


def test_no_file_is_a_sentence() -> None:
    page = page_of(*DUO).with_ships({"m4": Ship(problem="The plan is <gone>.")})
    assert "The plan is &lt;gone&gt;." in render_html(page, [])
    assert r"no download: The plan is \<gone\>." in render_markdown(page)


def test_hostile_names_stay_text() -> None:
    hostile = '"><script>alert(1)</script>|'
    html = render_html(page_of(original(20), model(hostile, range(20), 100)), [])
    assert "<script>alert" not in html
    text = render_markdown(page_of(original(20), model(hostile, range(20), 100)))
    assert "<script>" not in text.replace("\\<script", "")


def test_links_of_card_row_and_layers_lead_somewhere() -> None:
    html = render_html(page_of(*DUO), [])
    parsed = Parsed(html)
    ids = {str(each["id"]) for _, each in parsed.tags if each.get("id")}
    wanted = {str(each["href"])[1:] for each in parsed.all("a") if str(each["href"])[0] == "#"}
    assert {"why-1", "cell-3"} <= wanted <= ids


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("place", [0, 1, 2])  # light, dark, print
def test_text_has_the_contrast_of_wcag_aa(place: int) -> None:
    css = (FOLDER / "style.css").read_text(encoding="utf-8")
    block = re.findall(r":root \{(.*?)\}", css, flags=re.S)[place]
    colours = dict(re.findall(r"--(\w+): (#[0-9a-f]+)", block))
    whole = {
        name: value if len(value) == 7 else "#" + "".join(2 * digit for digit in value[1:])
        for name, value in colours.items()
    }
    pairs = [(text, ground) for text in ("ink", "soft", "accent", "good", "bad", "warn")
             for ground in ("paper", "card", "tint")]  # fmt: skip
    pairs += [("card", "good"), ("paper", "accent"), ("paper", "ink")]
    for text, ground in pairs:
        dark, light = sorted((luminance(whole[text]), luminance(whole[ground])))
        assert (light + 0.05) / (dark + 0.05) >= 4.5, (text, ground)
