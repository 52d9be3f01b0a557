import sys
from pathlib import Path

import pytest

from harness.errors import InputError
from harness.variants.entry import find_entry, load_dataset, source_digest


def test_an_unknown_module_names_the_key_and_the_page() -> None:
    with pytest.raises(InputError, match=r"model.entry: .*no Python module 'models.digit'.*docs/"):
        find_entry("models.digit")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("def build(): ...", r"has no function dataset\(\)"),
        ("def dataset(): return 3", r"dataset\(\) returned int"),
    ],
)
def test_a_module_that_does_not_fit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, message: str
) -> None:
    name = f"entry_{abs(hash(source))}"
    (tmp_path / f"{name}.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(InputError, match=message):
        load_dataset(name)
    sys.modules.pop(name, None)


def test_an_edited_module_has_another_digest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = tmp_path / "entry_edited.py"
    monkeypatch.syspath_prepend(tmp_path)
    module.write_text("A = 1\n")
    first = source_digest("entry_edited")
    module.write_text("A = 2\n")
    assert source_digest("entry_edited") != first
