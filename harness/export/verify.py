"""Verification of an exported library: its files, its code, its outputs and counts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from harness.boards.catalogue import TargetSpec, check_targets, load_catalogue
from harness.codegen import CompiledModel, compile_model
from harness.errors import BuildError, DoesNotFit, InputError, ModelError
from harness.export.archive import unpacked
from harness.export.library import MANIFEST, check_format, library_files
from harness.export.manifest import Manifest, digest, read_manifest
from harness.export.remeasure import Answers, remeasure
from harness.export.shipment import Shipment, Vectors
from harness.project import Project
from harness.workload.npz import read_npz

TOLERANCE = 1e-5  # of floats, as in NAME_selftest()
_SIMULATORS = ("host", "qemu", "simavr", "rp2040js")
_COUNTED = ("instructions", "cycle-accurate", "cycle-model")  # the same in every run


@dataclass(frozen=True)
class Verification:
    """`differences`, one line each, and `notes` on what was not compared.

    `target`: where the vectors ran, "" where there is no simulator for the core.
    """

    manifest: Manifest
    target: str
    differences: tuple[str, ...]
    notes: tuple[str, ...]


def verify(folder: Path, project: Project, target: str = "") -> Verification:
    """Compare a library with its manifest, with this harness and with a simulator's answers.

    `folder` is the library's, or an archive of it. `target` names a simulator of the library's
    core, by default its own target's or the first one of that core. Raises InputError where the
    folder is no export, ToolMissing, TargetError.
    """
    if folder.is_file():
        with unpacked(folder) as place:
            return verify(place, project, target)
    manifest = read_manifest(folder / MANIFEST)
    check_targets([manifest.target])
    check_format(manifest.format)
    own = load_catalogue()[manifest.target]
    spec = _simulator(own, target)
    differences = list(_changed_files(folder, manifest))
    notes: list[str] = []
    shipment = _shipment(folder, manifest, own, differences)
    if shipment is None:
        notes.append("the model or its vectors cannot be read: nothing was built")
        return Verification(manifest, "", tuple(differences), tuple(notes))
    differences += _other_code(shipment, manifest, project)
    if spec is None:
        notes.append(f"there is no simulator of {own.core}: nothing was run")
        return Verification(manifest, "", tuple(differences), tuple(notes))
    try:
        inputs = shipment.vectors.inputs
        answers = remeasure(folder, manifest, shipment.compiled, inputs, spec, project)
    except (BuildError, DoesNotFit) as error:
        differences.append(f"build: {error}")
        return Verification(manifest, "", tuple(differences), tuple(notes))
    differences += _other_answers(shipment, answers)
    differences += _other_counts(manifest, answers, spec, notes)
    return Verification(manifest, spec.name, tuple(differences), tuple(notes))


def _simulator(own: TargetSpec, name: str) -> TargetSpec | None:
    """Return the simulator to run on, None where there is none. Raises InputError."""
    catalogue = load_catalogue()
    if name:
        check_targets([name])
        spec = catalogue[name]
        if spec.core != own.core:
            raise InputError(
                f"--target {name} is a {spec.core}, the library is for a {own.core}",
                hint=f"export it again: harness export --target {name}",
            )
        if not spec.simulated:
            raise InputError(f"--target {name} is a board: verification runs on simulators")
        return spec
    if own.kind in _SIMULATORS:
        return own
    same = (each for each in catalogue.values() if each.core == own.core)
    return next((each for each in same if each.kind in _SIMULATORS), None)


def _changed_files(folder: Path, manifest: Manifest) -> Iterator[str]:
    for name, expected in manifest.files.items():
        path = folder / name
        if not path.is_file():
            yield f"{name}: missing"
        elif digest(path.read_bytes()) != expected:
            yield f"{name}: differs from its digest"


def _shipment(
    folder: Path, manifest: Manifest, own: TargetSpec, differences: list[str]
) -> Shipment | None:
    """Return what the folder was written from; None, with a difference, where it is damaged."""
    try:
        tflite = (folder / f"{manifest.name}.tflite").read_bytes()
        compiled = compile_model(
            tflite, manifest.name, core=own.core, prefer=manifest.prefer
        ).renamed(manifest.name)
        vectors = _vectors(folder / f"{manifest.name}_vectors.npz", manifest, compiled)
    except OSError:  # listed as missing
        return None
    except (ModelError, InputError) as error:
        differences.append(str(error))
        return None
    if compiled.core.name != manifest.core:
        differences.append(f"{manifest.target} is a {compiled.core.name}, not a {manifest.core}")
    return Shipment(
        name=manifest.name,
        title=manifest.title,
        spec=own,
        tflite=tflite,
        compiled=compiled,
        vectors=vectors,
        figures=manifest.figures,
        classes=manifest.classes,
        origin=manifest.origin,
    )


def _vectors(path: Path, manifest: Manifest, model: CompiledModel) -> Vectors:
    arrays = read_npz(path, "export the library again")
    for name, tensor in (("inputs", model.input), ("outputs", model.output)):
        values = arrays.get(name)
        if values is None or not len(values) or values.dtype != np.dtype(tensor.dtype):
            raise InputError(f"there are no {name} of {tensor.dtype}", where=path.name)
        if values.shape[1:] != tensor.shape[1:] or len(values) != len(arrays["inputs"]):
            raise InputError(f"{name} have the shape {values.shape}", where=path.name)
    counts = None if manifest.counts is None else np.array(manifest.counts)
    inputs, outputs = arrays["inputs"], arrays["outputs"]
    return Vectors(inputs, outputs, manifest.vector_source, counts, manifest.frames)


def _other_code(shipment: Shipment, manifest: Manifest, project: Project) -> Iterator[str]:
    """Yield the files that this harness writes otherwise than the export did."""
    files = library_files(shipment, manifest.format, project.root)
    for name, content in files.items():
        if name != MANIFEST and digest(content) != manifest.files.get(name):
            yield f"{name}: this harness writes it otherwise"
    for name in sorted(manifest.files.keys() - files.keys()):
        yield f"{name}: this harness does not write it"


def _other_answers(shipment: Shipment, answers: Answers) -> Iterator[str]:
    expected = shipment.vectors.outputs
    for index, (found, wanted) in enumerate(zip(answers.outputs, expected, strict=True)):
        if not same_values(found, wanted):
            yield f"vector {index}: the output is {_short(found)} instead of {_short(wanted)}"


def _other_counts(
    manifest: Manifest, answers: Answers, spec: TargetSpec, notes: list[str]
) -> Iterator[str]:
    if manifest.counts is None:
        notes.append("the model was not measured on its target with these vectors: no counts")
        return
    if spec.name != manifest.target or spec.timing_kind not in _COUNTED:
        notes.append(f"counts of {manifest.target} are not compared with those of {spec.name}")
        return
    for index, (found, wanted) in enumerate(zip(answers.counts, manifest.counts, strict=True)):
        if found != wanted:
            yield f"vector {index}: {found:,.10g} {spec.latency_unit} instead of {wanted:,.10g}"
    before = manifest.figures.compiler if manifest.figures is not None else ""
    if before != answers.compiler:
        notes.append(f"the compiler is {answers.compiler or 'unknown'} instead of {before}")


def same_values(found: np.ndarray, wanted: np.ndarray) -> bool:
    """Compare outputs as NAME_selftest() does: integers exactly, floats within TOLERANCE."""
    if found.dtype.kind != "f":
        return np.array_equal(found, wanted)
    most = TOLERANCE * np.maximum(1.0, np.abs(wanted))
    return bool((np.abs(found - wanted) <= most).all())


def _short(values: np.ndarray) -> str:
    return np.array2string(values.reshape(-1), threshold=10, separator=" ")
