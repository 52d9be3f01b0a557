"""The data set and the base model that a plan names, checked against each other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from harness.data import data_files
from harness.data.dataset import Dataset
from harness.data.digest import digest_of_path
from harness.data.entry import call_entry, source_digest
from harness.data.splitting import dataset_of, scaled, split
from harness.errors import DataError, InputError
from harness.plan.plan import Plan
from harness.plan.sources import DataPart
from harness.plan.trust import require_trust
from harness.pruning.method import require_graph
from harness.training import model_files
from harness.training.keras3 import to_tf_keras
from harness.training.outputs import scored_first
from harness.training.precision import as_float32


def sources_digest(plan: Plan) -> dict[str, str]:
    """Digests of the code and files that model and samples come from, by table."""
    return {
        table: source_digest(part.entry) if part.entry else digest_of_path(Path(part.file or ""))
        for table, part in (("model", plan.model), ("data", plan.data))
        if part.entry or part.file
    }


def load_data(plan: Plan) -> Dataset:
    """The plan's samples in three parts. Raises InputError, DataError."""
    require_trust(plan)
    part = plan.data
    if part.file is not None:
        path = Path(part.file)
        arrays, names = data_files.read_data(
            path, label=part.label, size=part.size, colour=part.colour, classes=part.classes
        )
        found = _split(path.name, arrays, part)
        return scaled(replace(found, class_names=names), part.scaling)
    name = part.entry or plan.model.source
    given = call_entry(name, "dataset")
    if isinstance(given, Dataset):
        return scaled(given, part.scaling)
    if isinstance(given, tuple) and len(given) == 2:
        x, y = (np.asarray(array) for array in given)
        return scaled(_split(name, {"all": (x, y)}, part), part.scaling)
    raise InputError(
        f"{name.partition(':')[2] or 'dataset'}() returned {type(given).__name__}",
        where=name,
        hint="return a harness.data.dataset.Dataset, or samples and labels as two arrays",
    )


def _split(name: str, arrays: data_files.Arrays, part: DataPart) -> Dataset:
    if "all" not in arrays:
        return dataset_of(name, part.task, *(arrays[name] for name in data_files.SPLITS))
    return split(
        name,
        *arrays["all"],
        task=part.task,
        validation=part.validation,
        test=part.test,
        seed=part.seed,
    )


def build_base(plan: Plan, data: Dataset) -> Any:
    """The plan's tf_keras model as it comes, which fits `data`.

    Raises InputError where it is none that can be pruned, DataError where inputs or outputs have
    other sizes.
    """
    require_trust(plan)
    part = plan.model
    where = part.source
    if part.file is not None:
        model = model_files.load_keras(Path(part.file), trusted=plan.trust)
    else:
        model = _made_by(call_entry(where, "build"), where)
    require_graph(model, where)
    model = as_float32(model)
    if len(model.inputs) > 1:
        raise InputError(
            f"the model has {len(model.inputs)} inputs and {len(model.outputs)} outputs",
            where=where,
            hint="plans train models of one input: join them in the model, or measure its .tflite",
        )
    model = scored_first(model, part.output, where)
    ends = (tuple(model.inputs[0].shape), tuple(model.outputs[0].shape))
    wanted = ((None, *data.train.x.shape[1:]), (None, *data.outputs))
    one_output = (wanted[0], (None, 1)) if data.classes == 2 else wanted  # yes or no
    if ends not in (wanted, one_output):
        raise DataError(
            f"the model maps {ends[0][1:]} to {ends[1][1:]}, the data set needs "
            f"{wanted[0][1:]} to {wanted[1][1:]}",
            where=where,
            hint={
                "classification": "one softmax output a class; of two classes also one sigmoid",
                "multilabel": "one sigmoid output a label",
                "regression": "one output for each value to predict",
                "anomaly": "an autoencoder gives back what it is shown",
            }[data.task],
        )
    return model


def _made_by(model: Any, where: str) -> Any:
    import keras as keras3
    import tf_keras as keras

    if isinstance(model, keras3.Model):
        model = to_tf_keras(model, where)
    if not isinstance(model, keras.Model):
        kind = f"{type(model).__module__.split('.')[0]}'s {type(model).__name__}"
        raise InputError(
            f"{where.partition(':')[2] or 'build'}() returned {kind}",
            where=where,
            hint="return a model of tf_keras: tfmot takes no other",
        )
    if not model.built:
        raise InputError(
            f"{where.partition(':')[2] or 'build'}() returned a model without input size",
            where=where,
            hint="start it with an Input layer",
        )
    return model
