"""Simulated boards that speak MLPerf Tiny's dialect, against the reference interpreter."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pytest
import serial

from harness.boards.catalogue import load_catalogue
from harness.dialects.dut import read_dut, simulated
from harness.link.transport import open_port
from harness.project import Project
from harness.workload.workload import Workload
from tests.hil.conftest import DATA

pytestmark = pytest.mark.hil

BYTES_PER_COMMAND = 31  # as the runner sends them
SAMPLES = 3


def ask(line: serial.Serial, command: str) -> list[str]:
    line.timeout = 20
    line.write(f"{command}%".encode())
    said: list[str] = line.read_until(b"m-ready\r\n").decode().split("\r\n")
    assert said[-2:] == ["m-ready", ""], said
    return said[:-2]


def load(line: serial.Serial, raw: bytes) -> None:
    assert ask(line, f"db load {len(raw)}") == [f"m-[Expecting {len(raw)} bytes]"]
    said: list[str] = []
    for at in range(0, len(raw), BYTES_PER_COMMAND):
        said = ask(line, f"db {raw[at : at + BYTES_PER_COMMAND].hex()}")
    assert said == ["m-load-done"]


@pytest.mark.parametrize("target", ["qemu-m4", "simavr-mega"])
@pytest.mark.parametrize("samples", ["int8", "uint8"])
def test_results_and_laps(
    target: str, samples: str, project: Project, workload: Callable[[str, int], Workload]
) -> None:
    digits = workload("digits_int8", SAMPLES)
    spec = load_catalogue()[target]
    dut = read_dut(DATA / "digits_int8.tflite", spec, "digits01", samples, 115200)
    output = dut.compiled.output
    assert output.scale is not None
    laps = []
    with simulated(dut, spec, project) as (port, _), open_port(port, 115200) as line:
        assert ask(line, "name") == [f"m-name-dut-[{target}]"]
        assert ask(line, "profile")[1] == "m-model-[digits01]"
        for quantised, reference in zip(digits.inputs, digits.reference, strict=True):
            raw = quantised.view(np.uint8).ravel()
            load(line, (raw ^ 0x80 if samples == "uint8" else raw).tobytes())
            said = ask(line, "infer 4 1")
            text = "\n".join(said)
            start, end = (int(lap) for lap in re.findall(r"m-lap-us-(\d+)", text))
            laps.append(end - start)
            found = re.search(r"m-results-\[(.*)\]", text)
            assert found is not None
            wanted = (reference.ravel().astype(float) - (output.zero_point or 0)) * output.scale
            assert [float(each) for each in found[1].split(",")] == pytest.approx(
                wanted.tolist(), abs=0.00051
            )
        load(line, digits.inputs[0].view(np.uint8).tobytes())
        before = int(ask(line, "timestamp")[0].removeprefix("m-lap-us-"))
        single = "\n".join(ask(line, "infer 1 0"))
        start, end = (int(lap) for lap in re.findall(r"m-lap-us-(\d+)", single))
    assert start == before
    assert end > start
    assert abs(laps[0] - laps[1]) <= laps[0] // 10
    if samples == "int8":  # the same sample once: a quarter of four, but for the rounding
        assert abs(laps[0] - 4 * (end - start)) <= 8
