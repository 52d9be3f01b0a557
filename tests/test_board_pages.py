"""docs/boards/ is what scripts/board_pages.py makes of the catalogue, and nothing else."""

import importlib.util
from pathlib import Path

import pytest

from harness.boards.catalogue import load_catalogue

ROOT = Path(__file__).parents[1]
spec = importlib.util.spec_from_file_location("board_pages", ROOT / "scripts" / "board_pages.py")
assert spec is not None
assert spec.loader is not None
board_pages = importlib.util.module_from_spec(spec)
spec.loader.exec_module(board_pages)


def test_the_committed_pages_are_up_to_date() -> None:
    committed = {path.name: path.read_text("utf-8") for path in board_pages.PAGES.iterdir()}
    assert committed == board_pages.pages(), "run .venv/bin/python scripts/board_pages.py"


def test_a_page_says_what_the_catalogue_says() -> None:
    page = board_pages.pages()["uno.md"]
    for row in (
        "| MCU | ATmega328P |",
        "| clock | 16 MHz |",
        "| flash for the image | 32,256 B |",
        "| RAM for the image | 2,048 B |",
        "| reset | a falling edge of DTR |",
    ):
        assert row in page
    assert "`2341:0043`" in page
    assert "No such board was plugged in" in page
    assert "--port uno=/dev/ttyUSB0" in page


def test_stale_pages_go_and_all_boards_are_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board_pages, "PAGES", tmp_path / "boards")
    (tmp_path / "boards").mkdir()
    (tmp_path / "boards" / "gone.md").touch()
    board_pages.main()
    boards = {f"{spec.name}.md" for spec in load_catalogue().values() if spec.board is not None}
    assert {path.name for path in (tmp_path / "boards").iterdir()} == boards | {"README.md"}
    listed = (tmp_path / "boards" / "README.md").read_text("utf-8")
    assert all(f"]({name})" in listed for name in boards)


def test_every_test_that_a_page_names_is_there() -> None:
    for name, text in board_pages.pages().items():
        for word in text.split("`"):
            if word.startswith("tests/"):
                assert (ROOT / word).exists(), f"{name}: {word}"
