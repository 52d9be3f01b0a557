"""Replies that a request limits, for lines on which long frames do not come through."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from harness.boards.catalogue import load_catalogue
from tests.hil.port_client import ADD, MEASURE_STACK, OUTPUT, RUN, UNKNOWN
from tests.hil.port_images import MODELS, Builds, running

pytestmark = pytest.mark.hil


@pytest.mark.parametrize("name", ["host", "simavr-uno"])
def test_run_and_output_send_no_more_than_asked(name: str, build: Builds, tmp_path: Path) -> None:
    spec = load_catalogue()[name]
    wanted = bytes((value + 1) % 256 for value in range(200))
    with running(spec, build(spec, MODELS), tmp_path / "log") as client:
        client.send(1, 77, bytes(range(200)), 80)
        for flags in (0, MEASURE_STACK):
            for most in (0, 1, 17):
                asked = struct.pack("<BBI", ADD, flags, 77)
                answer = client.answer(RUN, asked + struct.pack("<H", most))
                assert answer[:6] == asked
                _, ticks, stack, size = struct.unpack_from("<IQII", answer, 6)
                assert (ticks > 0, stack == UNKNOWN, size) == (flags == 0, flags == 0, 200)
                assert answer[26:] == wanted[:most]
        everything = client.answer(RUN, struct.pack("<BBIH", ADD, 0, 77, 0xFFFF))[26:]
        assert everything == client.answer(RUN, struct.pack("<BBI", ADD, 0, 77))[26:]
        head = struct.pack("<BI", ADD, 150)
        for most in (0, 1, 50, 70):
            answer = client.answer(OUTPUT, head + struct.pack("<H", most))
            assert answer == head + wanted[150:][:most]
        assert client.error(OUTPUT, head + b"\1") == 2
        assert client.error(RUN, struct.pack("<BBI", ADD, 0, 77) + b"\1\0\0") == 2
