"""Models and samples that a user brings, from the file to the report, measured by real firmware."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import mean_absolute_error, r2_score, roc_auc_score

from harness.results.data import real_values
from harness.store import Store
from tests.cli.test_cli import harness, refused

pytestmark = pytest.mark.hil
GOLDEN = Path(__file__).parents[1] / "data"
HEAD = """
name = "mine"
[matrix]
dtypes = {dtypes}
targets = ["host"]
[[variant]]
name = "original"
method = "none"
"""
PRUNED = """
[[variant]]
name = "half"
method = "magnitude"
final_sparsity = 0.5
epochs = 4
frequency = 2
"""


def run(folder: Path, plan: str, dtypes: str = '["float32", "int8"]') -> pd.DataFrame:
    path = folder / "mine.toml"
    path.write_text(HEAD.format(dtypes=dtypes) + plan)
    done = harness("run", path, "--reports", folder / "reports")
    assert done.returncode == 0, done.stdout + done.stderr
    table = pd.read_csv(folder / "reports" / "latest" / "results.csv")
    assert table["status"].tolist() == ["ok"] * len(table)
    assert (table["parity_max_lsb"].dropna() == 0).all()
    return table


def outputs(folder: Path, place: int) -> tuple[np.ndarray, Any]:
    """Real outputs of a cell from the store, and its run."""
    with Store(folder / "reports" / "results.sqlite") as store:
        cell = store.cells(1)[place]
        artifact = next(
            item
            for item in store.artifacts(1)
            if (item.variant, item.dtype) == (cell.key.variant, cell.key.dtype)
        )
        raw = np.frombuffer(b"".join(store.samples(cell.id).outputs), artifact.output.dtype)
        shaped = raw.reshape(-1, *artifact.output.shape[1:])
        return real_values(shaped, artifact.output), store.run(1)


def test_a_keras_3_file_and_a_csv_make_a_regression(tmp_path: Path) -> None:
    import keras as keras3

    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 4))
    table = pd.DataFrame(x, columns=list("abcd")).assign(price=x @ [1, -2, 0.5, 0] + 3)
    table.to_csv(tmp_path / "houses.csv", index=False)
    keras3.utils.set_random_seed(0)
    layers = keras3.layers
    model = keras3.Sequential([layers.Input((4,)), layers.Dense(8, "relu"), layers.Dense(1)])
    model.compile(keras3.optimizers.Adam(0.02), "mse")
    model.fit(x, table["price"], epochs=30, verbose=0)
    model.save(tmp_path / "mine.keras")
    plan = """
[model]
file = "mine.keras"
[data]
file = "houses.csv"
label = "price"
task = "regression"
"""
    found = run(tmp_path, plan + PRUNED)
    assert found["variant"].tolist() == ["original", "original", "half", "half"]
    assert (found["r2_device"] == found["r2_tflite"]).all()
    assert found["r2_keras"][0] > 0.7
    for place in range(4):
        said, of = outputs(tmp_path, place)
        assert found["r2_device"][place] == pytest.approx(r2_score(of.labels, said))
        assert found["mae_device"][place] == pytest.approx(mean_absolute_error(of.labels, said))
    assert found["accuracy_device"].isna().all()


def test_an_autoencoder_is_judged_by_its_auc(tmp_path: Path) -> None:
    (tmp_path / "own_models.py").write_text(
        """
def build():
    import tf_keras as keras

    layers = keras.layers
    stack = [layers.Input((6,), name="x"), layers.Dense(3, "relu", name="code")]
    return keras.Sequential([*stack, layers.Dense(6, name="back")], name="auto")
"""
    )
    rng = np.random.default_rng(0)
    factor = rng.uniform(size=(150, 1))
    normal = np.hstack([factor * each for each in (1, 0.5, -1, 2, 0.1, -0.3)])
    strange = rng.uniform(-1, 1, (30, 6))
    labels = np.repeat([0, 1], [150, 30])
    np.savez(tmp_path / "machine.npz", x=np.vstack([normal, strange]), y=labels)
    plan = """
[model]
entry = "own_models:build"
epochs = 30
learning_rate = 0.01
[data]
file = "machine.npz"
task = "anomaly"
"""
    path = tmp_path / "mine.toml"
    path.write_text(HEAD.format(dtypes='["int8"]') + plan + PRUNED)
    untrusted = harness("plan", "check", path, PYTHONPATH=str(tmp_path))
    assert untrusted.returncode == 2
    assert 'model.entry = "own_models:build" imports a Python module' in untrusted.stderr
    done = harness(
        "run", path, "--trust", "--reports", tmp_path / "reports", PYTHONPATH=str(tmp_path)
    )
    assert done.returncode == 0, done.stdout + done.stderr
    table = pd.read_csv(tmp_path / "reports" / "latest" / "results.csv")
    assert table["samples"].tolist() == [60, 60]
    for place in range(2):
        said, of = outputs(tmp_path, place)
        errors = ((said - of.samples) ** 2).mean(axis=1)
        assert table["auc_device"][place] == pytest.approx(roc_auc_score(of.labels, errors))
    assert table["auc_device"][0] > 0.8


def test_a_bare_tflite_file_is_measured_as_it_is(tmp_path: Path) -> None:
    with np.load(GOLDEN / "digits_test.npz") as file:
        x, y = file["x"][:60], file["y"][:60]
    parts = ("train", "validation", "test")
    arrays = {f"x_{part}": x for part in parts} | {f"y_{part}": y for part in parts}
    np.savez(tmp_path / "digits.npz", **arrays)
    plan = f"""
[model]
file = "{GOLDEN / "digits_int8.tflite"}"
[data]
file = "digits.npz"
"""
    found = run(tmp_path, plan, '["int8"]')
    said, _ = outputs(tmp_path, 0)
    assert found["accuracy_device"].tolist() == [(said.argmax(axis=1) == y).mean()]
    assert found["accuracy_keras"].isna().all()
    path = tmp_path / "mine.toml"
    path.write_text(path.read_text().replace('["int8"]', '["float32"]'))
    said = refused("run", path, "--reports", tmp_path / "reports")
    assert "the file takes int8, the plan asks for float32" in said
