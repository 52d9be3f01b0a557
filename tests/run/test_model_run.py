from pathlib import Path

import numpy as np
import pytest

from harness.codegen import compile_model
from harness.errors import DataError, InputError
from harness.project import Project
from harness.run.inputs import InputSource, load_npz, random_inputs
from harness.run.model_run import bench_model
from harness.run.settings import RunSettings
from harness.store import Store
from harness.workload.model_file import compile_file

DATA = Path(__file__).parents[1] / "data"


def test_samples_and_labels_are_read_and_cut(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=np.arange(12.0).reshape(6, 2), y=np.arange(6))
    inputs = load_npz(tmp_path / "a.npz", 4)
    assert inputs.samples.tolist() == [[0, 1], [2, 3], [4, 5], [6, 7]]
    assert inputs.labels.tolist() == [0, 1, 2, 3]


def test_a_part_of_a_class_ordered_file_has_all_classes(tmp_path: Path) -> None:
    labels = np.repeat([0, 1, 2], 10)
    np.savez(tmp_path / "a.npz", x=np.arange(60.0).reshape(30, 2), y=labels)
    inputs = load_npz(tmp_path / "a.npz", 6)
    assert np.bincount(inputs.labels).tolist() == [2, 2, 2]
    assert (labels[(inputs.samples[:, 0] / 2).astype(int)] == inputs.labels).all()


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"data": np.zeros(3)}, "there is no array 'x', only data"),
        ({"x": np.zeros((0, 3))}, "array 'x' holds no samples"),
        ({"x": np.zeros(()), "y": np.zeros(1)}, "array 'x' holds no samples"),
        ({"x": np.zeros((4, 2)), "y": np.zeros(3)}, "4 samples but 3 labels"),
        ({"x": np.full((4, 2), "a")}, "array 'x' is <U1, not real numbers"),
        ({"x": np.ones((4, 2), complex)}, "array 'x' is complex128, not real numbers"),
        ({"x": np.ones((4, 2)), "y": np.int64(1)}, r"4 samples but labels of shape \(\)"),
        ({"x": np.ones((4, 2)), "y": np.eye(4)}, r"4 samples but labels of shape \(4, 4\)"),
        ({"x": np.ones((2, 2)), "y": np.array(["a", "b"])}, "'y' holds no class numbers"),
        ({"x": np.ones((2, 2)), "y": np.array([0, -1])}, "'y' holds no class numbers"),
        ({"x": np.ones((2, 2)), "y": np.array([0, 0.5])}, "'y' holds no class numbers"),
        ({"x": np.ones((2, 2)), "y": np.array([0, np.nan])}, "'y' holds no class numbers"),
    ],
)
def test_unfit_files_say_what_is_wrong(
    tmp_path: Path, arrays: dict[str, np.ndarray], message: str
) -> None:
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(DataError, match=message):
        load_npz(tmp_path / "a.npz", None)


def test_a_file_that_is_no_npz_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.npz").write_text("hello")
    with pytest.raises(DataError, match="not a readable"):
        load_npz(tmp_path / "a.npz", None)
    with pytest.raises(DataError, match="no such file"):
        load_npz(tmp_path / "b.npz", None)


def test_a_label_beyond_the_model_s_outputs_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=np.zeros((2, 8, 8, 1), np.float32), y=np.array([0, 10]))
    project = Project(tmp_path, tmp_path)
    with (
        Store(tmp_path / "results.sqlite") as store,
        pytest.raises(DataError, match=r"a\.npz: label 10 with a model of 10 outputs"),
    ):
        bench_model(
            DATA / "digits_int8.tflite",
            [],
            project,
            store,
            InputSource(tmp_path / "a.npz"),
            RunSettings(),
            lambda _: None,
        )


def test_more_samples_than_memory_holds_are_refused() -> None:
    compiled = compile_model((DATA / "digits_int8.tflite").read_bytes(), "digits")
    for samples in (10**15, 10**20):
        with pytest.raises(InputError, match="random samples do not fit into memory"):
            random_inputs(compiled, samples, 0)


def test_random_inputs_depend_on_the_seed_alone() -> None:
    compiled = compile_model((DATA / "digits_int8.tflite").read_bytes(), "digits")
    first, again, other = (random_inputs(compiled, 9, seed).samples for seed in (1, 1, 2))
    assert first.shape == (9, 8, 8, 1)
    assert first.dtype == np.int8
    assert (first == again).all()
    assert (first != other).any()
    assert first.min() < -100
    assert first.max() > 100


def test_a_missing_model_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot read the model: No such file"):
        compile_file(tmp_path / "none.tflite")


def test_a_run_that_is_killed_before_its_first_cell_has_all_of_its_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("harness.run.model_run.measure_all", killed)
    with Store(tmp_path / "results.sqlite") as store:
        project = Project.here(tmp_path)
        with pytest.raises(KeyboardInterrupt):
            bench_model(
                DATA / "digits_int8.tflite",
                ["qemu-m4", "host"],
                project,
                store,
                InputSource(samples=2),
                RunSettings(),
                print,
            )
        assert len(store.artifacts(1)) == 1
        assert [(cell.key.target, cell.status) for cell in store.cells(1)] == [
            ("qemu-m4", "pending"),
            ("host", "pending"),
        ]


def test_samples_of_a_stream_have_frames(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=np.zeros((3, 5, 2)), y=np.zeros(3, int))
    compiled = compile_model((DATA / "digits_int8.tflite").read_bytes(), "m")
    found = InputSource(tmp_path / "a.npz", stream="max").read(compiled)
    assert (found.stream.frames, found.stream.score) == (5, "max")
    drawn = InputSource(samples=2, stream="last").read(compiled)
    assert drawn.samples.shape == (2, 10, 8, 8, 1)
    assert drawn.stream.frames == 10
    np.savez(tmp_path / "b.npz", x=np.zeros(3))
    with pytest.raises(DataError, match="have no frames"):
        InputSource(tmp_path / "b.npz", stream="max").read(compiled)
