from pathlib import Path

import pytest

from harness.data.entry import call_entry, find_entry, source_digest
from harness.errors import InputError


def test_an_unknown_module_names_the_key_and_the_page() -> None:
    with pytest.raises(InputError, match=r"model.entry: .*no Python module 'models.digit'.*docs/"):
        find_entry("models.digit")


def test_a_module_without_the_function(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "entry_bare.py").write_text("def build(): return 3")
    monkeypatch.syspath_prepend(tmp_path)
    assert call_entry("entry_bare", "build") == 3
    assert call_entry("entry_bare:build", "dataset") == 3
    with pytest.raises(InputError, match=r"has no function dataset\(\)"):
        call_entry("entry_bare", "dataset")
    with pytest.raises(InputError, match=r"has no function made\(\)"):
        call_entry("entry_bare:made", "build")


def test_a_function_has_a_name() -> None:
    with pytest.raises(InputError, match=r"'1st' is not the name of a function; write module"):
        find_entry("models.digits_cnn:1st")


def test_modules_beside_it_that_it_imports_count_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "some_models"
    package.mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    for name, text in (
        ("__init__", ""),
        ("mine", "from some_models import shared\n"),
        ("shared", "import some_models.deeper\n"),
        ("deeper", "A = 1\n"),
        ("other", "B = 1\n"),
    ):
        (package / f"{name}.py").write_text(text)
    first = source_digest("some_models.mine")
    (package / "other.py").write_text("B = 2\n")
    assert source_digest("some_models.mine") == first
    (package / "deeper.py").write_text("A = 2\n")
    assert source_digest("some_models.mine") != first


@pytest.mark.parametrize("name", ["sys", "models/digits_cnn.py", "models..digits_cnn", ""])
def test_what_has_no_source_file_is_no_entry(name: str) -> None:
    with pytest.raises(InputError, match=f"there is no Python module '{name}'"):
        find_entry(name)


def test_every_file_of_a_package_counts_and_no_byte_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "entry_package"
    (package / "__pycache__").mkdir(parents=True)
    monkeypatch.syspath_prepend(tmp_path)
    (package / "__init__.py").write_text("")
    (package / "data.csv").write_text("1,2\n")
    first = source_digest("entry_package")
    (package / "__pycache__" / "a.pyc").write_text("x")
    assert source_digest("entry_package") == first
    (package / "data.csv").write_text("1,3\n")
    assert source_digest("entry_package") != first


def test_an_edited_module_has_another_digest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = tmp_path / "entry_edited.py"
    monkeypatch.syspath_prepend(tmp_path)
    module.write_text("A = 1\n")
    first = source_digest("entry_edited")
    module.write_text("A = 2\n")
    assert source_digest("entry_edited") != first


def test_a_module_in_folders_without_init_is_found_without_importing_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "outer_of_test" / "inner"
    folder.mkdir(parents=True)
    (folder / "net.py").write_text("raise AssertionError")
    monkeypatch.syspath_prepend(tmp_path)
    assert find_entry("outer_of_test.inner.net") == folder / "net.py"
    with pytest.raises(InputError, match=r"outer_of_test\.inner\.other"):
        find_entry("outer_of_test.inner.other")
