"""`harness profile` on real firmware in QEMU: its counts against the port's own timer."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.chosen_targets import CATALOGUE, COUNTING, targets_of
from tests.cli.test_cli import GOLDEN, harness, refused

pytestmark = pytest.mark.hil
INSTRUCTIONS = [name for name in COUNTING if CATALOGUE[name].latency_unit == "instructions"]


@pytest.mark.parametrize("target", [*INSTRUCTIONS, "qemu-m0"])
def test_counts_agree_with_the_timer_and_add_up(target: str, tmp_path: Path) -> None:
    told = tmp_path / "profile.json"
    done = harness("profile", GOLDEN, "--target", target, "--json", told)
    assert done.returncode == 0, done.stderr
    assert "ESTIMATED" in done.stdout
    found = json.loads(told.read_text())
    assert found["timed_in"] == "instructions"
    assert abs(found["instructions"] - found["timed"]) <= 10
    assert [layer["kind"] for layer in found["layers"]] == [
        "CONV_2D", "FULLY_CONNECTED", "FULLY_CONNECTED", "SOFTMAX",
    ]  # fmt: skip
    assert sum(layer["macs"] for layer in found["layers"]) == 10_792
    calls = found["instructions"] - sum(layer["instructions"] for layer in found["layers"])
    assert 0 <= calls < 100  # what the generated function itself runs
    for parts in (found["functions"], found["classes"]):
        assert sum(part["instructions"] for part in parts) == found["instructions"]
        assert sum(part["cycles"] for part in parts) == found["cycles"]
    assert found["cycles"] > found["instructions"]
    classes = {part["name"]: part["instructions"] for part in found["classes"]}
    if target == "qemu-m4":  # where one instruction makes two products
        assert 10_792 / 2 < classes["multiply-add"] < 10_792
    elif target == "qemu-riscv":  # where one multiplication serves the windows of two pixels
        assert 10_792 / 2 < classes["multiply"] < 10_792
    else:
        assert classes["multiply"] > 10_792
    names = {part["name"] for part in found["functions"]}
    assert "engine_softmax_s8" in names
    assert not {"answer_run", "port_counter_stop"} & names


def test_the_estimate_for_avr_is_held_against_the_cycles_simavr_counts(tmp_path: Path) -> None:
    told = tmp_path / "profile.json"
    done = harness("profile", GOLDEN, "--target", "simavr-uno", "--json", told)
    assert done.returncode == 0, done.stderr
    found = json.loads(told.read_text())
    assert found["timed_in"] == "cycles"
    # all that a table of classes may miss here: skips of two words, and the timer's interrupt
    assert abs(found["cycles"] / found["timed"] - 1) < 0.002
    assert f"{found['cycles'] / found['timed'] - 1:+.2%} off the" in " ".join(done.stdout.split())


def test_the_estimate_for_the_pico_is_what_its_simulator_counts(tmp_path: Path) -> None:
    """Two readings of one manual: classes of instructions here, single ones in rp2040js."""
    told = tmp_path / "profile.json"
    done = harness("profile", GOLDEN, "--target", *targets_of("rp2040js"), "--json", told)
    assert done.returncode == 0, done.stderr
    found = json.loads(told.read_text())
    assert found["timed_in"] == "cycles"
    assert found["timed"] > 100_000
    assert abs(found["cycles"] - found["timed"]) <= 10


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([GOLDEN, "--target", "qemu-m55"], "cannot be profiled"),
        ([GOLDEN, "--target", "qemu-m9"], "there is no target 'qemu-m9'"),
        (["none.tflite"], "cannot read the model"),
    ],
)
def test_what_cannot_be_profiled(words: list[object], message: str) -> None:
    assert message in refused("profile", *words)
