"""`harness export` and `harness verify` as a user types them."""

from __future__ import annotations

from pathlib import Path

from tests.cli.test_cli import GOLDEN, harness, refused


def test_a_file_becomes_a_library(tmp_path: Path) -> None:
    out = tmp_path / "made"
    words = ("export", GOLDEN, "--target", "uno", "--name", "3 digits", "--vectors", 2, "-o", out)
    done = harness(*words, "--reports", tmp_path / "none")
    assert done.returncode == 0, done.stderr
    assert "arena 244 B, constants 9,764 B, an inference: not measured here" in done.stdout
    header = (out / "src" / "m_3_digits.h").read_text(encoding="utf-8")
    assert "#define M_3_DIGITS_VECTORS 2\n" in header
    assert "the folder is not empty" in refused(*words)


def test_wrong_words_are_refused(tmp_path: Path) -> None:
    assert "no target is named" in refused("export", GOLDEN)
    assert "there is no format 'arduno'" in refused(
        "export", GOLDEN, "--target", "uno", "--format", "arduno"
    )
    assert "no exported library" in refused("verify", tmp_path)
