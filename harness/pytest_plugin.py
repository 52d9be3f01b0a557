"""pytest plugin: models on real or simulated boards in a project's own tests (--hil-target).

def test_the_model_is_good_enough(bench):
    assert bench("model.tflite", data="samples.npz").accuracy > 0.9
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import numpy as np

    from harness.boards.catalogue import TargetSpec
    from harness.codegen import CompiledModel
    from harness.link.session import Session
    from harness.project import Project
    from harness.run.measurement import Clock
    from harness.run.plausible import TimeCheck

BUSY_S = 600.0  # how long a test waits for a board that another worker uses
# figures of `bench` in JUnit XML
_PROPERTIES = ("core", "accuracy", "latency_median", "latency_unit", "flash_bytes", "ram_bytes")


@dataclass(frozen=True)
class BenchResult:
    """One model on one target; what was not measured is None.

    `core` is the core that its code is compiled for. Latencies in `latency_unit` over warm calls,
    sizes in bytes. `accuracy` needs labelled data. `max_lsb` (int8) or `max_abs` (float32) is the
    greatest difference from TensorFlow Lite.
    """

    target: str
    core: str
    samples: int
    accuracy: float | None
    latency_median: float
    latency_max: float
    latency_unit: str
    timing_kind: str
    flash_bytes: int
    ram_bytes: int
    arena_bytes: int
    stack_bytes: int | None
    max_lsb: int | None
    max_abs: float | None


@dataclass(frozen=True)
class Answer:
    """One inference: the raw output in the model's own dtype and shape, and its latency."""

    output: np.ndarray
    latency: float


class Board:
    """A board or simulator: `load` a model onto it, then `run` samples.

    `core` is the core that its code is compiled for, as that of `bench` is.
    """

    def __init__(self, spec: TargetSpec, project: Project, ports: dict[str, str]) -> None:
        self.spec = spec
        self.core = spec.core
        self._project = project
        self._ports = ports
        self._open = ExitStack()
        self._model: CompiledModel | None = None
        self._session: Session | None = None
        self._clock: Clock | None = None
        self._times: TimeCheck | None = None

    def load(self, model: str | Path) -> None:
        """Build, flash and connect. Raises HarnessError, for instance DoesNotFit with figures."""
        from harness.firmware.builder import FirmwareBuilder
        from harness.firmware.fit import check_needs
        from harness.run.attach import attach
        from harness.run.measurement import Clock
        from harness.run.pace import time_bracket
        from harness.run.plausible import TimeCheck
        from harness.workload.model_file import compile_file

        self.close()
        _, compiled = compile_file(Path(model), self.core)
        check_needs(self.spec, compiled)
        image = FirmwareBuilder(self._project).build(self.spec, [compiled])
        target = attach(self.spec, self._project, ports=self._ports, power={}, wait_s=BUSY_S)
        log = self._project.logs / f"pytest-{self.spec.name}-{image.build_id}.log"
        session = self._open.enter_context(target.connect(image, log))
        hello = session.hello(within_s=5)
        (bracket, _), round_trip_s = time_bracket(session)
        self._clock = Clock.of(self.spec, hello, bracket)
        self._times = TimeCheck.of(self.spec, compiled, hello, bracket, round_trip_s)
        self._model, self._session = compiled, session

    def run(self, sample: np.ndarray) -> Answer:
        """One inference; `sample` in the model's shape, real-valued or in its own dtype.

        Raises ImplausibleFigure where the board's time cannot be.
        """
        import numpy as np

        from harness.workload.fitting import fit_inputs

        if self._model is None or self._session is None or self._clock is None:
            raise RuntimeError("no model is loaded: board.load(path) first")
        fitted = fit_inputs(np.asarray(sample)[np.newaxis], self._model)
        self._session.send_sample(0, 0, fitted.tobytes())
        result = self._session.run(0, 0)
        if self._times is not None:
            self._times.check(result)
        info = self._model.output
        output = np.frombuffer(result.data, dtype=info.dtype).reshape(info.sample_shape)
        return Answer(output, self._clock.count(result.ticks))

    def close(self) -> None:
        """Let go of the board."""
        self._open.close()
        self._model = self._session = self._clock = None


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options and ini settings of the plugin."""
    group = parser.getgroup("hil", "models on boards (harness)")
    group.addoption(
        "--hil-target",
        action="append",
        default=[],
        metavar="TARGET",
        help="board or simulator of `harness targets`; may be repeated",
    )
    group.addoption(
        "--hil-port",
        action="append",
        default=[],
        metavar="TARGET=PORT",
        help="serial port of a board; may be repeated",
    )
    parser.addini("hil_targets", "targets where no --hil-target is given", type="args")


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker; refuse targets that do not exist before any test runs."""
    config.addinivalue_line(
        "markers", "hil_target(*names): run this test on these targets only, of those asked for"
    )
    from harness.errors import HarnessError

    try:
        _ports(config)
        _check(_targets(config))
    except HarnessError as error:
        raise pytest.UsageError(str(error)) from error


def pytest_report_header(config: pytest.Config) -> str | None:
    """Name the targets of this session and the cores that their code is compiled for."""
    from harness.boards.catalogue import load_catalogue

    names = _targets(config)
    cores = ", ".join(f"{name} (code for {load_catalogue()[name].core})" for name in names)
    return f"harness targets: {cores}" if names else None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each target asked for."""
    if "hil_target" not in metafunc.fixturenames:  # `board` and `bench` bring it
        return
    names = _targets(metafunc.config)
    for mark in metafunc.definition.iter_markers("hil_target"):
        _check(mark.args)
        names = [name for name in names if name in mark.args]
    reason = "no --hil-target that this test is for"
    params: list[Any] = [*names] or [pytest.param("", marks=pytest.mark.skip(reason=reason))]
    metafunc.parametrize("hil_target", params, scope="session")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show an error of the harness that a test does not catch as its text."""
    from harness.errors import HarnessError

    report, error, names = (yield), call.excinfo, getattr(item, "fixturenames", ())
    if error and "board" in names and isinstance(error.value, HarnessError):
        report.longrepr = f"{error.typename}: {error.value}"
    return report


@pytest.fixture
def bench(
    hil_target: str, request: pytest.FixtureRequest, tmp_path: Path
) -> Callable[..., BenchResult]:
    """`bench(model, data=None, samples=None)`: measure a `.tflite` file; see BenchResult.

    `data` is an .npz with x and, for accuracy, y; without it inputs are random. A cell that fails
    fails the test with its reason. The figures become properties of the test in JUnit XML.
    """

    def measure(
        model: str | Path, *, data: str | Path | None = None, samples: int | None = None
    ) -> BenchResult:
        from harness.errors import HarnessError
        from harness.project import Project
        from harness.results.table import results_frame
        from harness.run.inputs import InputSource
        from harness.run.model_run import bench_model
        from harness.run.settings import RunSettings
        from harness.store import Store

        project = Project.here(tmp_path / "hil-reports")
        source = InputSource(None if data is None else Path(data), samples)
        settings = RunSettings(ports=_ports(request.config), wait_s=BUSY_S)
        with Store(project.store) as store:
            try:
                run_id, _ = bench_model(
                    Path(model), [hil_target], project, store, source, settings, lambda _: None
                )
            except HarnessError as error:
                pytest.fail(str(error), pytrace=False)
            row = results_frame(store, run_id).iloc[0]
        if row["status"] != "ok":
            pytest.fail(f"{hil_target}: {row['status']}: {row['reason']}", pytrace=False)
        result = _result(dict(row))
        for name in _PROPERTIES:
            request.node.user_properties.append((f"{hil_target} {name}", getattr(result, name)))
        return result

    return measure


@pytest.fixture
def board(hil_target: str, request: pytest.FixtureRequest) -> Iterator[Board]:
    """A Board: `board.load("model.tflite")`, then `board.run(sample).output`."""
    from harness.boards.catalogue import load_catalogue
    from harness.project import Project

    found = Board(load_catalogue()[hil_target], Project.here(), _ports(request.config))
    request.node.user_properties.append((f"{hil_target} core", found.core))
    yield found
    found.close()


def _result(row: Mapping[Any, Any]) -> BenchResult:
    import pandas as pd

    def measured(name: str, kind: Callable[[Any], Any]) -> Any:
        return None if pd.isna(row[name]) else kind(row[name])  # xdist carries no numpy scalars

    return BenchResult(
        target=row["target"],
        core=row["core"],
        samples=int(row["samples"]),
        accuracy=measured("accuracy_device", float),
        latency_median=float(row["latency_median"]),
        latency_max=float(row["latency_max"]),
        latency_unit=row["latency_unit"],
        timing_kind=row["timing_kind"],
        flash_bytes=int(row["flash_bytes"]),
        ram_bytes=int(row["ram_bytes"]),
        arena_bytes=int(row["arena_bytes"]),
        stack_bytes=measured("stack_bytes", int),
        max_lsb=measured("parity_max_lsb", int),
        max_abs=measured("parity_max_abs", float),
    )


def _targets(config: pytest.Config) -> list[str]:
    names: list[str] = config.getoption("--hil-target") or config.getini("hil_targets")
    return names


def _check(names: Any) -> None:
    from harness.boards.catalogue import check_targets

    if names:
        check_targets(list(names))


def _ports(config: pytest.Config) -> dict[str, str]:
    from harness.errors import InputError

    ports = {}
    for pair in config.getoption("--hil-port"):
        target, _, port = pair.partition("=")
        if not (target and port):
            raise InputError(f"--hil-port {pair}: not of the form TARGET=PORT")
        _check([target])
        ports[target] = port
    return ports
