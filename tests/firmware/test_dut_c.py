"""The firmware's side of MLPerf Tiny's dialect, under ASan and UBSan."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

ROOT = Path(__file__).resolve().parents[2]
DUT = ROOT / "firmware" / "lib" / "dut" / "src"
DRIVER = Path(__file__).with_name("dut_driver.c")
READY = "m-ready\r\n"
LOADED = b"db load 4%db 0028ffd8%"

words = st.sampled_from(
    [b"name", b"db", b"load", b"print", b"infer", b"results", b"4", b"0", b"00ff", b"f", b"-1"]
)
commands = st.one_of(
    st.lists(words, max_size=4).map(b" ".join),
    st.binary(max_size=120).map(lambda raw: raw.replace(b"%", b"")),
)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    built = tmp_path_factory.mktemp("dut") / "dut_driver"
    flags = ["-std=c99", "-O1", "-g", "-Wall", "-Wextra", "-Wconversion", "-Werror"]
    checks = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
    sources = [str(DRIVER), str(DUT / "dut.c")]
    subprocess.run(["gcc", *flags, *checks, f"-I{DUT}", *sources, "-o", str(built)], check=True)
    return built


def replies(program: Path, line: bytes) -> list[str]:
    """What follows each command of `line`, without the m-ready that has to end it."""
    done = subprocess.run([str(program)], input=line, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    *each, rest = done.stdout.decode("latin-1").split(READY)
    assert rest == ""
    return each


@pytest.mark.parametrize(
    ("command", "reply"),
    [
        (b"name%", "m-name-dut-[desk]\r\n"),
        (b"\r\nname%", "m-name-dut-[desk]\r\n"),
        (b"profile%", "m-profile-[ULPMark for tinyML Firmware V0.0.1]\r\nm-model-[kws01]\r\n"),
        (b"timestamp%", "m-lap-us-0\r\n"),
        (b"db load 4%", "m-[Expecting 4 bytes]\r\n"),
        (b"%", ""),
        (b"   %", ""),
        (b"nam%", "e-[Unknown command: nam]\r\n"),
        (b"names%", "e-[Unknown command: names]\r\n"),
        (b"db%", "e-[db takes load N, print or hex digits]\r\n"),
        (b"db load%", "e-[db load takes a number of bytes above 0]\r\n"),
        (b"db load 0%", "e-[db load takes a number of bytes above 0]\r\n"),
        (b"db load -4%", "e-[db load takes a number of bytes above 0]\r\n"),
        (b"db load 4294967297%", "e-[db load takes a number of bytes above 0]\r\n"),
        (b"db load 5%", "e-[The input takes 4 bytes]\r\n"),
        (b"db 00%", "e-[No bytes are expected: db load N]\r\n"),
        (b"infer 1 0%", "e-[The input has 0 of 4 bytes]\r\n"),
        (b"results%", "e-[There are no results before an inference]\r\n"),
        (b"a" * 80 + b"%", "e-[Unknown command: " + "a" * 80 + "]\r\n"),
        (b"a" * 81 + b"%", "e-[A command has at most 80 bytes]\r\n"),
    ],
)
def test_reply_of_a_fresh_board(program: Path, command: bytes, reply: str) -> None:
    assert replies(program, command) == [reply]


def test_load_infer_and_results(program: Path) -> None:
    loading = b"db load 4%db 0028%db FfD8%db print%db 00%"
    assert replies(program, loading + b"infer 2 1%results%timestamp%") == [
        "m-[Expecting 4 bytes]\r\n",
        "",
        "m-load-done\r\n",
        "m-buffer-00-28-ff-d8\r\n",
        "e-[No bytes are expected: db load N]\r\n",
        "m-warmup-start-1\r\nm-warmup-done\r\nm-infer-start-2\r\nm-lap-us-1500\r\n"
        "m-lap-us-4500\r\nm-infer-done\r\nm-results-[0.000,1.000,-0.025,-1.000]\r\n",
        "m-results-[0.000,1.000,-0.025,-1.000]\r\n",
        "m-lap-us-4500\r\n",
    ]


def test_infer_without_numbers_runs_once_after_ten_warmups(program: Path) -> None:
    *_, said = replies(program, LOADED + b"infer%")
    assert said.startswith("m-warmup-start-10\r\n")
    assert "m-infer-start-1\r\nm-lap-us-15000\r\nm-lap-us-16500\r\n" in said


@pytest.mark.parametrize("number", [b"0", b"-1", b"x", b"1x", b"4294967296"])
def test_infer_refuses_what_is_no_number(program: Path, number: bytes) -> None:
    *_, count, clock = replies(program, LOADED + b"infer " + number + b"%timestamp%")
    assert count == "e-[infer takes a number of inferences above 0]\r\n"
    assert clock == "m-lap-us-0\r\n"


@pytest.mark.parametrize("digits", [b"0", b"0g", b"zz", b"001"])
def test_wrong_digits_change_nothing(program: Path, digits: bytes) -> None:
    said = replies(program, b"db load 2%db " + digits + b"%db 1234%db print%")
    assert said[1].startswith("e-[")
    assert said[2:] == ["m-load-done\r\n", "m-buffer-12-34\r\n"]


def test_digits_beyond_the_announced_bytes_are_ignored(program: Path) -> None:
    assert replies(program, b"db load 4%db 0102030405060708%db print%")[1:] == [
        "m-load-done\r\n",
        "m-buffer-01-02-03-04\r\n",
    ]


@settings(max_examples=60, deadline=None)
@given(lines=st.lists(commands, max_size=30))
def test_every_command_gets_one_ready_and_the_board_stays_usable(
    program: Path, lines: list[bytes]
) -> None:
    said = replies(program, b"".join(line + b"%" for line in lines) + b"name%")
    assert len(said) == len(lines) + 1
    assert said[-1] == "m-name-dut-[desk]\r\n"
