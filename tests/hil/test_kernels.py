"""Kernels on every simulated core: golden models and random networks against the reference."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.boards.catalogue import load_catalogue
from harness.codegen import CompiledModel, compile_model
from harness.codegen.cores import GENERIC
from harness.codegen.passes import bands
from harness.codegen.storage.packed import is_packed
from harness.firmware.builder import FirmwareBuilder
from harness.project import Project
from harness.targets.process import ProcessTarget
from harness.workload.reference import Job, run_jobs
from tests.chosen_targets import COUNTING, targets_of
from tests.engine.agreement import FLOAT_TOLERANCE, random_inputs
from tests.engine.band_networks import BAND_NETWORKS, ROLLING_NETWORKS
from tests.engine.dense_networks import DENSE_NETWORKS, LARGE
from tests.engine.hybrid_models import KINDS, hybrid_model
from tests.engine.networks import build, numbered
from tests.engine.op_models import CASES, op_model
from tests.engine.s16_models import KINDS as S16_KINDS
from tests.engine.s16_models import s16_model
from tests.engine.zero_filters import CASES as ZERO_FILTERS
from tests.engine.zero_filters import KINDS as ZERO_FILTER_KINDS
from tests.engine.zero_filters import zero_filter_layer

pytestmark = pytest.mark.hil

DATA = Path(__file__).parents[1] / "data"
GOLDEN = sorted(DATA.glob("*.tflite"))
SAMPLES = 3
UNPACKED = ["qemu-m3", "qemu-riscv"]  # of two instruction sets without DSP instructions


@dataclass(frozen=True, eq=False)
class Case:
    """A model with inputs (SAMPLES, ...) and the reference's raw outputs."""

    label: str
    model: CompiledModel
    inputs: Any
    expected: Any


@pytest.fixture(scope="module")
def files() -> list[tuple[str, bytes]]:
    """The golden models, then random networks, the first of them wide, then special ones."""
    models = [(path.stem, path.read_bytes()) for path in GOLDEN]
    networks = [numbered(seed, wide=seed < 16) for seed in range(80)]
    models += [(repr(network), build(network)) for network in [*networks, *DENSE_NETWORKS]]
    return models


@pytest.fixture(scope="module")
def cases(files: list[tuple[str, bytes]]) -> list[Case]:
    """`files` with the kernels of any core."""
    return _cases(files)


@pytest.fixture(scope="module")
def op_cases() -> list[Case]:
    """A model of every operator in op_models, in every type."""
    return _cases([(f"{kind} {dtype}", op_model(kind, dtype, seed=5)) for kind, dtype in CASES])


@pytest.fixture(scope="module")
def hybrid_cases() -> list[Case]:
    """A few models of every hybrid operator."""
    return _cases([(f"{kind} {n}", hybrid_model(kind, n)) for kind in KINDS for n in range(6)])


@pytest.fixture(scope="module")
def s16_cases() -> list[Case]:
    """A few int16 networks around each operator."""
    return _cases([(f"{kind} {n}", s16_model(kind, n)) for kind in S16_KINDS for n in range(2)])


def _cases(files: list[tuple[str, bytes]], core: str = GENERIC) -> list[Case]:
    inputs = [random_inputs(data, SAMPLES, seed=11) for _, data in files]
    jobs = [Job(data, x) for (_, data), x in zip(files, inputs, strict=True)]
    return [
        Case(label, compile_model(data, f"case_{index}", core=core), x, result.outputs)
        for index, ((label, data), x, result) in enumerate(
            zip(files, inputs, run_jobs(jobs), strict=True)
        )
    ]


def test_all_models_agree(cases: list[Case], project: Project, tmp_path: Path) -> None:
    _check("qemu-riscv", cases, project, tmp_path / "log")


def test_kernels_of_the_core_agree(
    files: list[tuple[str, bytes]], project: Project, tmp_path: Path
) -> None:
    """As `harness run` takes them, dense weights packed."""
    found = _cases(files, load_catalogue()["qemu-m4"].core)
    assert sum(any(map(is_packed, case.model.calls)) for case in found) > 20
    _check("qemu-m4", found, project, tmp_path / "log")


@pytest.mark.parametrize(
    ("target", "own"), [("qemu-m4", False), *((target, True) for target in UNPACKED)]
)
def test_large_layers_agree(target: str, own: bool, project: Project, tmp_path: Path) -> None:
    """Of the generic core on an M4 too: weights that are not packed go by pairs there."""
    core = load_catalogue()[target].core if own else GENERIC
    found = _cases([(repr(each), build(each)) for each in LARGE], core)
    kernels = {call.kernel for case in found for call in case.model.calls}
    wanted = {"engine_fc_direct_s8", "engine_fc_direct_per_channel_s8"}
    assert kernels & wanted == (wanted if own else set())
    _check(target, found, project, tmp_path / "log")


@pytest.mark.parametrize("target", ["qemu-m4", "qemu-m55"])
def test_layers_by_bands_agree(
    target: str, project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the kernels of the target's own core, as `harness run` takes them."""
    monkeypatch.setattr(bands, "_MACS_MIN", 1)  # bands of a row or two
    networks = [*BAND_NETWORKS, *ROLLING_NETWORKS]
    files = [(repr(network), build(network)) for network in networks]
    cases = _cases(files, load_catalogue()[target].core)
    for case in cases:
        assert any(call.bands or call.rolling for call in case.model.calls), case.label
    _check(target, cases, project, tmp_path / "log")


@pytest.mark.parametrize("target", [name for name in COUNTING if name in targets_of("qemu")])
def test_filters_without_weights_agree(target: str, project: Project, tmp_path: Path) -> None:
    files = [
        (f"{kind}: {label}", zero_filter_layer(kind, *case))
        for kind in ZERO_FILTER_KINDS
        for label, case in ZERO_FILTERS.items()
    ]
    found = _cases(files, load_catalogue()[target].core)
    _check(target, found, project, tmp_path / "log")


@pytest.mark.parametrize("share", range(3))
def test_small_models_agree_on_avr(
    share: int, cases: list[Case], project: Project, tmp_path: Path
) -> None:
    """Three images of what fits beside all kernels."""
    small = [
        case
        for case in cases
        if case.model.input.dtype == "int8" == case.model.output.dtype
        and case.model.arena_bytes <= 700
        and case.model.const_bytes <= 2500
    ]
    chosen: list[Case] = []
    for case in small[share::3]:
        if sum(each.model.const_bytes + 400 for each in chosen) < 11_000:
            chosen.append(case)
    assert len(chosen) >= 6
    _check("simavr-uno", chosen, project, tmp_path / "log")


@pytest.mark.parametrize("target", ["qemu-m4", "qemu-riscv"])
def test_all_operators_agree(
    target: str, op_cases: list[Case], project: Project, tmp_path: Path
) -> None:
    _check(target, op_cases, project, tmp_path / "log")


@pytest.mark.parametrize("share", range(12))
def test_all_operators_agree_on_avr(
    share: int, op_cases: list[Case], project: Project, tmp_path: Path
) -> None:
    """Twelve images: flash holds only some of the kernels, RAM only some of the models at once."""
    small = [case for case in op_cases if case.model.arena_bytes + case.model.input.bytes < 1100]
    # too large: CONV_3D, DEPTH_TO_SPACE, SPACE_TO_DEPTH and grouped CONV_2D, each in float32
    assert len(small) == len(op_cases) - 4
    _check("simavr-uno", small[share::12], project, tmp_path / "log")


@pytest.mark.parametrize("target", ["qemu-m4", "simavr-mega"])
def test_hybrid_operators_agree(
    target: str, hybrid_cases: list[Case], project: Project, tmp_path: Path
) -> None:
    _check(target, hybrid_cases, project, tmp_path / "log")


@pytest.mark.parametrize("target", ["qemu-m4", "simavr-mega"])
def test_int16_operators_agree(
    target: str, s16_cases: list[Case], project: Project, tmp_path: Path
) -> None:
    _check(target, s16_cases, project, tmp_path / "log")


def test_recurrent_models_agree_on_avr(cases: list[Case], project: Project, tmp_path: Path) -> None:
    """Side by side in one arena: each finds its state reset whatever ran before."""
    recurrent = [case for case in cases if case.label in ("lstm_int8", "lstm_float32")]
    assert len(recurrent) == 2
    _check("simavr-mega", recurrent, project, tmp_path / "log")


def test_two_digits_models_share_an_uno(
    cases: list[Case], project: Project, tmp_path: Path
) -> None:
    pair = [case for case in cases if case.label in ("digits_int8", "digits_int8_pertensor")]
    assert len(pair) == 2
    _check("simavr-uno", pair, project, tmp_path / "log")


def _check(target: str, cases: list[Case], project: Project, log: Path) -> None:
    spec = load_catalogue()[target]
    image = FirmwareBuilder(project).build(spec, [case.model for case in cases])
    with ProcessTarget(spec, project.root).connect(image, log) as session:
        models = session.models(session.hello(within_s=5).models)
        for case, model in zip(cases, models, strict=True):
            for sample, x in enumerate(case.inputs):
                session.send_sample(model.encoding, sample, np.ascontiguousarray(x).tobytes())
                answer = session.run(model.index, sample).data
                want = case.expected[sample]
                got = np.frombuffer(answer, want.dtype).reshape(want.shape)
                label = f"{target}, input {sample} of {case.label}"
                if want.dtype == np.float32:
                    limit = FLOAT_TOLERANCE * max(1.0, float(np.abs(want).max()))
                    np.testing.assert_allclose(got, want, rtol=0, atol=limit, err_msg=label)
                else:
                    np.testing.assert_array_equal(got, want, err_msg=label)
