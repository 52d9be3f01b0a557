"""What is exported of a run: the verdict's choice or a named cell, never what was not measured."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from harness.errors import InputError, StoreError
from harness.export.from_file import from_file
from harness.export.shipment import Shipment
from harness.run.inputs import InputSource
from tests.export.libraries import DATA
from tests.export.stored_run import FAILED, REFUSED, TARGET, Base, Made, make, make_base


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Base:
    return make_base(tmp_path_factory.mktemp("project"))


@pytest.fixture
def made(tmp_path: Path, base: Base) -> Made:
    return make(tmp_path, base)


def test_the_verdict_is_exported_with_what_the_device_said(made: Made) -> None:
    found = made.export()
    assert (found.name, found.title) == ("original_int8", "mine, original int8")
    assert hashlib.sha256(found.tflite).hexdigest() == made.artifact.sha256
    assert found.compiled.core.name == "cortex-m4f"
    assert found.vectors.source == "device"
    assert np.array_equal(found.vectors.outputs, made.artifact.reference_outputs)
    assert found.vectors.counts is not None
    assert found.vectors.counts.tolist() == [
        100.0 + i for i in range(len(made.artifact.reference_outputs))
    ]
    assert found.figures is not None
    assert (found.figures.latency, found.figures.samples) == (135.5, 72)
    labels = made.store.run(made.run_id).labels
    said = made.artifact.reference_outputs.argmax(axis=-1)
    assert found.figures.quality == pytest.approx((said == labels).mean())
    assert found.origin["provenance"] == {"commit": "abc"}


@pytest.mark.parametrize(("target", "status"), [(REFUSED, "refused"), (FAILED, "failed")])
def test_a_cell_without_figures_is_not_exported(made: Made, target: str, status: str) -> None:
    with pytest.raises(InputError, match=f"was not measured on {target}: {status}: for a reason"):
        made.export(target=target, variant="original", dtype="int8")
    with pytest.raises(InputError, match="No verdict"):
        made.export(target=target)


@pytest.mark.parametrize(
    ("wish", "message"),
    [
        ({"target": "qemu-m7"}, "did not measure qemu-m7"),
        ({"target": "qemu-m44"}, "no target 'qemu-m44'"),
        ({"variant": "orignal", "dtype": "int8"}, "did you mean 'original'"),
        ({"variant": "original", "dtype": "int16x8"}, "no original int16x8"),
        ({"variant": "original"}, "name a model together"),
        ({"name": "string"}, "cannot be called 'string'"),
        ({"plan": DATA / "none.toml"}, "cannot read the plan"),
    ],
)
def test_what_cannot_be_found_is_named(made: Made, wish: dict[str, object], message: str) -> None:
    with pytest.raises(InputError) as caught:
        made.export(**wish)
    assert message in str(caught.value)


def test_names_become_identifiers(made: Made) -> None:
    assert made.export(name="3 Digits, fast!").name == "m_3_digits_fast"


def test_a_test_split_that_left_the_cache_is_made_again(made: Made) -> None:
    first = made.export()
    shutil.rmtree(made.project.cache)
    again = made.export()
    assert np.array_equal(again.vectors.inputs, first.vectors.inputs)


def test_another_file_under_the_same_plan_is_refused(tmp_path: Path, base: Base) -> None:
    other = make(tmp_path, base, sha256="0" * 64)
    with pytest.raises(StoreError, match="another file than run 1 measured"):
        other.export()


def test_a_model_file_that_is_gone_is_named(tmp_path: Path, base: Base) -> None:
    gone = replace(base, plan_text=base.plan_text.replace("digits.tflite", "gone.tflite"))
    made = make(tmp_path, gone)
    with pytest.raises(InputError, match="the plan of run 1 cannot be used here"):
        made.export()


def test_a_file_gets_the_figures_of_the_run_that_measured_it(made: Made) -> None:
    folder = made.project.root
    source = InputSource(folder / "digits.npz")

    def export(target: str, data: InputSource) -> Shipment:
        return from_file(folder / "digits.tflite", target, data, made.project, made.store)

    unknown = export("qemu-m7", source)
    assert (unknown.figures, unknown.vectors.source) == (None, "reference")
    other = export(TARGET, InputSource())
    assert (other.vectors.source, other.vectors.counts) == ("reference", None)
    assert other.figures is not None
    assert other.figures.latency == 135.5
