"""`[model]` and `[data]` of a plan: where the base model and the samples come from."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from harness.data.entry import find_entry
from harness.data.formats import Colour, Scaling
from harness.errors import InputError
from harness.measure.metric import Pooling, Task
from harness.plan.part import Part
from harness.pruning.method import Count, LearningRate

TFLITE = ".tflite"
MODEL_SUFFIXES = (".keras", ".h5", ".hdf5", TFLITE)
MODEL_KINDS = "a .keras or .h5 file, a SavedModel folder, or a .tflite file, which is not pruned"
DATA_SUFFIXES = (".npz", ".csv")
DATA_KINDS = ".npz, .csv, or a folder with a folder of images for each class"


def _entry(name: str) -> str:
    try:
        find_entry(name)
    except InputError as error:
        raise ValueError(f"{error.what} ({error.hint})") from error
    return name


def _function(name: str) -> str:
    if ":" not in name:
        raise ValueError(f"'{name}' names no function: write module:function")
    return _entry(name)


def _model_file(name: str) -> str:
    path = Path(name)
    if not path.exists():
        raise ValueError(f"there is no file {path}")
    if path.is_dir() and not (path / "saved_model.pb").exists():
        raise ValueError(f"{path} is no SavedModel folder")
    if not path.is_dir() and path.suffix not in MODEL_SUFFIXES:
        raise ValueError(f"{path.name} is no model file ({MODEL_KINDS})")
    return name


def _data_file(name: str) -> str:
    path = Path(name)
    if not path.exists():
        raise ValueError(f"there is no file {path}")
    if not path.is_dir() and path.suffix not in DATA_SUFFIXES:
        raise ValueError(f"{path.name} is no data file ({DATA_KINDS})")
    return name


def _threshold(value: object) -> object:
    if value is None or value == "best":
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    raise ValueError(f"{value!r} is neither a number nor 'best'")


Share = Annotated[float, Field(strict=True, gt=0, lt=1)]
Pixels = Annotated[int, Field(strict=True, gt=0, le=4096)]


class ModelPart(Part):
    """`[model]`: the base model and how it is trained.

    `entry`: a module with dataset() and build(), or module:function that returns a tf_keras model.
    `file`: .keras, .h5 or a SavedModel folder, which is trained already unless `train` says
    otherwise, or a .tflite file, which is measured as it is. In a plan file it is relative to it.
    `output`: of a model with several outputs the one that is scored, by its layer's name.
    `threshold`: of sigmoid outputs, from where they say yes; "best": chosen on the validation
    split, unset 0.5, and 0 where the model puts out logits.
    """

    entry: Annotated[str, AfterValidator(_entry)] | None = None
    file: Annotated[str, AfterValidator(_model_file)] | None = None
    train: Annotated[bool, Field(strict=True)] | None = None
    epochs: Count = 100
    batch_size: Count = 32
    learning_rate: LearningRate = 1e-3
    patience: Count = 12
    output: Annotated[str, Field(min_length=1)] | None = None
    threshold: Annotated[
        Annotated[float, Field(strict=True, allow_inf_nan=False)] | Literal["best"] | None,
        BeforeValidator(_threshold),
    ] = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.entry is None) == (self.file is None):
            raise ValueError("name the model by one of the keys entry and file")
        return self

    @property
    def bare(self) -> bool:
        """True for a .tflite file: it can be neither trained nor pruned."""
        return self.file is not None and self.file.endswith(TFLITE)

    @property
    def trained(self) -> bool:
        """True where the base model keeps the weights of its file or function."""
        return self.file is not None if self.train is None else not self.train

    @property
    def source(self) -> str:
        """The entry's or file's name."""
        return self.entry or self.file or ""

    @property
    def has_dataset(self) -> bool:
        """True where the samples may come from the model's own module."""
        return self.entry is not None and ":" not in self.entry


class DataPart(Part):
    """`[data]`: samples and labels; without it the model's module has a dataset().

    `file`: .npz, .csv (with the column `label`) or a folder of images by class (scaled to `size`,
    height and width). `classes` are the names of text labels or folders in the order of the model's
    outputs, unset the alphabetical one. `entry`: module:function that returns a Dataset or
    (samples, labels). `stream`: a sample is a sequence of frames, each of the model's input shape;
    its output is that of the last frame, or the `score` mean or max of all. `validation` and
    `test` are the shares cut off with `seed`; `scaling` goes by the training part.
    """

    entry: Annotated[str, AfterValidator(_function)] | None = None
    file: Annotated[str, AfterValidator(_data_file)] | None = None
    task: Task = "classification"
    label: str = "label"
    classes: tuple[str, ...] = ()
    size: tuple[Pixels, Pixels] | None = None
    colour: Colour = "grey"
    scaling: Scaling = "none"
    stream: Annotated[bool, Field(strict=True)] = False
    score: Pooling = "last"
    validation: Share = 0.2
    test: Share = 0.2
    seed: int = Field(default=0, strict=True, ge=0, lt=2**32)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        unset = {name: field.default for name, field in type(self).model_fields.items()}
        configured = any(getattr(self, name) != value for name, value in unset.items())
        if configured and (self.entry is None) == (self.file is None):
            raise ValueError("name the samples by one of the keys entry and file")
        if self.score != "last" and not self.stream:
            raise ValueError("score is of streams: stream = true")
        if self.stream and self.task == "anomaly":
            raise ValueError("an autoencoder's stream has no output to score")
        if self.validation + self.test >= 1:
            raise ValueError("validation and test together leave nothing to train on")
        return self

    @property
    def given(self) -> bool:
        """True where the samples have a source of their own."""
        return self.entry is not None or self.file is not None


def source_problems(data: dict[str, Any]) -> list[str]:
    """Mistakes between `[model]`, `[data]` and the variants of a plan of any shape."""
    model, source = data.get("model"), data.get("data")
    if not isinstance(model, dict):
        return []
    entry, file = model.get("entry"), model.get("file")
    problems = []
    own = isinstance(entry, str) and ":" not in entry
    if not own and (entry or file) and not isinstance(source, dict):
        problems.append("data: this table is missing: only a module brings its own dataset()")
    bare = isinstance(file, str) and file.endswith(TFLITE)
    if isinstance(source, dict) and source.get("stream") is True and not bare:
        problems.append(
            "data.stream: only a .tflite file is fed frame by frame: a Keras model is trained on "
            "whole samples"
        )
    if bare:
        variants = data.get("variant")
        for index, variant in enumerate(variants if isinstance(variants, list) else []):
            if isinstance(variant, dict) and variant.get("method") != "none":
                problems.append(
                    f"variant[{index}].method: a .tflite file cannot be pruned, only measured: "
                    'method = "none"'
                )
        if data.get("seeds", 1) != 1:
            problems.append("seeds: a .tflite file is not trained: seeds = 1")
    return problems


def resolve_files(data: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The plan with the files of `[model]`, `[data]` and `[tflm]` relative to its own folder."""
    resolved = dict(data)
    for table, key in (("model", "file"), ("data", "file"), ("tflm", "library")):
        part = data.get(table)
        if isinstance(part, dict) and isinstance(part.get(key), str):
            resolved[table] = part | {key: os.path.relpath(folder / part[key])}
    return resolved
