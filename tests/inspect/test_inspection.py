"""`harness inspect` on golden models agrees with the compiled model."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from harness.codegen import compile_model
from harness.errors import InputError, ModelError
from harness.inspect.inspection import inspect_file, letters, timeline
from harness.inspect.text import render
from tests.cli.test_cli import harness

DATA = Path(__file__).parents[1] / "data"
GOLDEN = sorted(DATA.glob("*.tflite"))


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_tensors_alive_at_once_never_share_memory_unless_one_continues_the_other(
    path: Path,
) -> None:
    found = inspect_file(path, "cortex-m4f")
    assert max(life.offset + life.bytes for life in found.tensors) == found.arena_bytes
    for index, life in enumerate(found.tensors):
        for other in found.tensors[index + 1 :]:
            together = life.first <= other.last and other.first <= life.last
            apart = (
                life.offset + life.bytes <= other.offset
                or other.offset + other.bytes <= life.offset
            )
            continues = life.offset == other.offset and life.last in (other.first, other.last)
            assert not together or apart or continues, (life, other)


def test_figures_of_the_digits_model() -> None:
    found = inspect_file(DATA / "digits_sparse_int8.tflite", "cortex-m4f")
    assert [layer.kind for layer in found.layers] == [
        "CONV_2D",
        "MAX_POOL_2D",
        "RESHAPE",
        "FULLY_CONNECTED",
        "FULLY_CONNECTED",
        "SOFTMAX",
    ]
    assert found.macs == 6 * 6 * 8 * 9 + 72 * 100 + 100 * 10
    assert found.nonzero_macs == 540 + 1440 + 200
    assert found.steps[0].live_bytes == 8 * 8 + 3 * 3 * 8  # the pool is computed at once
    assert found.peak.live_bytes == max(step.live_bytes for step in found.steps)
    assert found.peak.layer == 3
    assert found.layers[2].kernel == "none"
    assert (found.tensors[0].first, found.tensors[0].last) == (-1, 0)
    assert found.tensors[-1].last == len(found.layers)


def test_kernels_and_times_are_those_of_the_core() -> None:
    path = DATA / "digits_int8.tflite"
    for core, unit in (("avr5", "cycles"), ("cortex-m4f", "instructions")):
        found = inspect_file(path, core)
        compiled = compile_model(path.read_bytes(), "m", core=core)
        assert [layer.kernel for layer in found.layers] == [op.kernel for op in compiled.ops]
        assert {layer.time_unit for layer in found.layers if layer.time is not None} == {unit}
        assert found.arena_bytes == compiled.arena_bytes


def test_the_timeline_shows_each_tensor_where_it_lies() -> None:
    found = inspect_file(DATA / "digits_sparse_int8.tflite", "cortex-m4f")
    rows = timeline(found, found.arena_bytes)  # a column a byte
    for step, row in zip(found.steps, rows, strict=True):
        assert len(row) == found.arena_bytes
        assert len(row.replace("·", "")) == step.live_bytes
    source, conv = found.tensors[:2]
    assert rows[0][source.offset : source.offset + source.bytes] == "A" * 64
    assert rows[0][conv.offset : conv.offset + conv.bytes] == "B" * 72


def test_letters_repeat_after_the_alphabet() -> None:
    assert letters(53) == "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyzA"


def test_the_text_names_the_peak_and_the_multiplications() -> None:
    found = inspect_file(DATA / "digits_int8.tflite", "cortex-m4f")
    text = StringIO()
    console = Console(file=text, width=160)
    for part in render(found):
        console.print(part)
    assert "while layer 3 FULLY_CONNECTED runs" in text.getvalue()
    assert "10,792 MACs" in text.getvalue()


def test_files_that_are_no_models_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot read the model: No such file"):
        inspect_file(tmp_path / "none.tflite", "cortex-m4f")
    text = tmp_path / "text.tflite"
    text.write_text("not a model at all")
    with pytest.raises(ModelError, match="not a TFLite file"):
        inspect_file(text, "cortex-m4f")


def test_the_command_writes_json_and_refuses_an_unknown_target(tmp_path: Path) -> None:
    model, out = DATA / "digits_int8.tflite", tmp_path / "found.json"
    done = harness("inspect", model, "--target", "simavr-uno", "--json", out)
    assert done.returncode == 0, done.stderr
    assert "digits_int8 for avr5" in done.stdout
    found = json.loads(out.read_text(encoding="utf-8"))
    assert found["core"] == "avr5"
    assert [layer["index"] for layer in found["layers"]] == list(range(6))
    done = harness("inspect", model, "--target", "simavr-one")
    assert (done.returncode, "did you mean simavr-uno?" in done.stderr) == (2, True)
