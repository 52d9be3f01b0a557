"""`harness dut`: a board that speaks MLPerf Tiny's serial dialect to that benchmark's runner."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from harness.boards.catalogue import TargetSpec
from harness.codegen import CompiledModel
from harness.codegen.cores import core_named
from harness.errors import InputError, LinkError, ModelError, TargetError
from harness.firmware.builder import FirmwareBuilder
from harness.link.deadline import Deadline
from harness.link.transport import LINE_ERRORS, open_port
from harness.project import Project
from harness.targets.ownership import owned
from harness.targets.ports import candidates, follow, port_named
from harness.targets.process import ProcessTarget
from harness.workload.model_file import compile_file

Samples = Literal["int8", "uint8"]

IMAGES = ("ic", "vww")  # benchmarks whose data sets hold unsigned pixels
BAUDS = (115200, 921600)
READY = b"m-ready\r\n"
READY_S = 15.0
_KINDS = ("serial", "qemu", "simavr", "rp2040js")
AVR_MAX_BAUD = 115200  # 16 MHz: 921600 would be off by more than 8 %
FLIP_SIGN = "0x80u"  # an unsigned byte to the signed one that is 128 less


@dataclass(frozen=True)
class Dut:
    """A model as the runner is to see it.

    `benchmark` is the model string by which the runner picks its test ("kws01", "ic01"); `samples`
    says what its data set's bytes are.
    """

    compiled: CompiledModel
    benchmark: str
    samples: Samples
    baud: int


def read_dut(model: Path, spec: TargetSpec, benchmark: str, samples: str, baud: int) -> Dut:
    """The model for `spec`; `samples` may be "" for the benchmark's own. Raises InputError."""
    if not re.fullmatch(r"[a-z0-9]{1,16}", benchmark):
        raise InputError(
            f"--benchmark {benchmark!r}: not 1 to 16 small letters and digits", hint="kws01 or ic01"
        )
    chosen = samples or ("uint8" if benchmark.startswith(IMAGES) else "int8")
    if chosen not in ("int8", "uint8"):
        raise InputError(f"--samples {samples}: there is int8 and uint8")
    if baud not in BAUDS:
        raise InputError(f"--baud {baud}: the dialect is spoken at {BAUDS[0]} and {BAUDS[1]} baud")
    if core_named(spec.core).family == "avr" and baud > AVR_MAX_BAUD:
        raise InputError(
            f"an AVR at 16 MHz cannot make {baud} baud", where=spec.name, hint="--baud 115200"
        )
    if spec.kind not in _KINDS:
        raise InputError(
            f"the runner reaches no target of the kind {spec.kind}",
            where=spec.name,
            hint="boards with a serial port, and those that QEMU, simavr and rp2040js simulate",
        )
    _, compiled = compile_file(model, spec.core)
    compiled.require_single("MLPerf Tiny's dialect")
    if compiled.input.dtype != "int8" or compiled.output.dtype != "int8":
        raise ModelError(
            f"input is {compiled.input.dtype}, output {compiled.output.dtype}",
            where=str(model),
            hint="the dialect's samples are bytes: convert the model to int8",
        )
    return Dut(compiled, benchmark, "uint8" if chosen == "uint8" else "int8", baud)


def builder(dut: Dut, spec: TargetSpec, project: Project) -> FirmwareBuilder:
    """Render of the firmware that speaks the dialect."""
    output = dut.compiled.output
    macros = {
        "IMAGE_DUT_NAME": f'"{spec.name}"',
        "IMAGE_DUT_MODEL": f'"{dut.benchmark}"',
        "IMAGE_DUT_INPUT_FLIP": FLIP_SIGN if dut.samples == "uint8" else "0u",
        "IMAGE_DUT_OUTPUT_ZERO": f"({output.zero_point})",
        "IMAGE_DUT_OUTPUT_SCALE": f"{float(output.scale or 0.0)!r}f",
    }
    return FirmwareBuilder(project, macros=macros, flags=f"-DPORT_BAUD={dut.baud}")


@contextmanager
def simulated(
    dut: Dut, spec: TargetSpec, project: Project
) -> Iterator[tuple[str, Callable[[float], None]]]:
    """The pty of a simulated board that is ready for the runner, and a wait for its end.

    The wait takes seconds and raises TargetError if the simulator ends meanwhile.
    """
    image = builder(dut, spec, project).build(spec, [dut.compiled])
    log = project.logs / f"dut-{spec.name}-{image.build_id}.log"
    with ProcessTarget(spec, project.root).start(image.elf, log) as (port, check_alive):
        _await_ready(port, dut.baud, spec.name)
        yield port, check_alive


def flash(dut: Dut, spec: TargetSpec, project: Project, port: str) -> str:
    """Flash a real board, at `port` or the only one attached ("" for that); returns its port."""
    found = [port_named(port)] if port else candidates(spec)
    if len(found) > 1:
        listed = ", ".join(each.device for each in found)
        raise TargetError(
            f"several ports could be this board: {listed}",
            where=spec.name,
            hint=f"--port {spec.name}={found[0].device}",
        )
    image = builder(dut, spec, project).build(spec, [dut.compiled])
    with owned(found[0], project.port_locks):
        image.upload(found[0].device)
        return follow(found[0]).device


def serve(
    dut: Dut, spec: TargetSpec, project: Project, port: str, on_ready: Callable[[str], None]
) -> None:
    """Build and start; `on_ready` gets the port. Simulators stay until Ctrl-C or their end.

    `port` is that of a real board, "" for the only one attached.
    """
    if not spec.simulated:
        on_ready(flash(dut, spec, project, port))
        return
    with simulated(dut, spec, project) as (pty, check_alive), suppress(KeyboardInterrupt):
        on_ready(pty)
        while True:
            check_alive(1.0)


def _await_ready(port: str, baud: int, name: str) -> None:
    """Ask for the name until the board answers; what is left of it must not reach the runner."""
    deadline = Deadline(READY_S)
    heard = b""
    try:
        with open_port(port, baud) as line:
            while not heard.endswith(READY):
                if deadline.passed:
                    raise LinkError(f"the board does not answer within {READY_S:g} s", where=name)
                line.write(b"name%")
                heard = line.read_until(READY)
            while line.read(64):
                pass
    except LINE_ERRORS as error:
        raise LinkError(f"the port broke: {error}", where=name) from error
