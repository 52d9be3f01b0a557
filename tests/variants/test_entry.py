import re
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from harness.errors import InputError
from harness.variants.dataset import Dataset, Split
from harness.variants.entry import build_model, find_entry, load_dataset, source_digest
from models import digits_cnn


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


class FakeModel:
    """What `build_model` looks at in a tf_keras model, without a second of TensorFlow."""

    def __init__(self, inputs: int, outputs: int, built: bool = True) -> None:
        self.built = built
        self.input_shape, self.output_shape = (None, inputs), (None, outputs)


@pytest.mark.parametrize(
    ("made", "message"),
    [
        ("a model", "build() returned builtins's str; return a model of tf_keras"),
        (FakeModel(4, 3, built=False), "without input size; start it with an Input layer"),
        (FakeModel(4, 2), "the model maps (4,) to (2,), the data set needs (4,) to (3,)"),
        (FakeModel(5, 3), "the model maps (5,) to (3,), the data set needs (4,) to (3,)"),
    ],
)
def test_a_model_that_does_not_fit_its_data(
    monkeypatch: pytest.MonkeyPatch, made: object, message: str
) -> None:
    part = Split(np.zeros((3, 4), np.float32), np.arange(3))
    data = Dataset("toy", 3, part, part, part)
    monkeypatch.setitem(sys.modules, "tf_keras", SimpleNamespace(Model=FakeModel))
    monkeypatch.setattr(digits_cnn, "build", lambda: made)
    with pytest.raises(InputError, match=re.escape(message)):
        build_model("models.digits_cnn", data)
    fitting = FakeModel(4, 3)
    monkeypatch.setattr(digits_cnn, "build", lambda: fitting)
    assert build_model("models.digits_cnn", data) is fitting


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
