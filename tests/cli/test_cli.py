"""The commands as a user types them: output, exit codes, and no traceback ever."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harness.codegen import compile_model
from tests.chosen_targets import CATALOGUE
from tests.engine.tflite_builder import TfliteBuilder

ROOT = Path(__file__).parents[2]
DIGITS = ROOT / "plans" / "digits.toml"
GOLDEN = ROOT / "tests" / "data" / "digits_int8.tflite"


def harness(*words: object, **environment: str) -> subprocess.CompletedProcess[str]:
    code = "from harness.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env=os.environ | {"NO_COLOR": "1"} | environment,
    )


def refused(*words: object) -> str:
    """What the command says on stderr when it refuses its input."""
    done = harness(*words)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


def test_plan_check_counts_the_cells() -> None:
    done = harness("plan", "check", DIGITS)
    assert done.returncode == 0
    assert "20 cells: 2 variants x 2 dtypes x 1 engine x 5 targets" in done.stdout


def test_plan_check_of_the_plan_alone_is_the_same() -> None:
    done = harness("plan", "check", DIGITS, "--no-model")
    assert done.returncode == 0
    assert "20 cells: 2 variants x 2 dtypes x 1 engine x 5 targets" in done.stdout


def test_plan_check_tells_every_mistake(tmp_path: Path) -> None:
    broken = tmp_path / "broken.toml"
    text = DIGITS.read_text(encoding="utf-8")
    broken.write_text(text.replace("seed = 42", 'seed = "42nd"').replace("qemu-m4", "qemu-n4"))
    said = refused("plan", "check", broken)
    assert f"error: {broken}:" in said
    assert "seed: '42nd' is not a whole number" in said
    assert "matrix.targets[1]: there is no target 'qemu-n4' (did you mean 'qemu-m4'?)" in said


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["run", "none.toml"], "cannot read the plan: No such file"),
        (["run", DIGITS, "--target", "uno"], "--target uno: not a target of this plan"),
        (["run", DIGITS, "--port", "uno"], "--port uno: not of the form TARGET=PORT"),
        (["run", DIGITS, "--port", "uno=/dev/x"], "--port uno=/dev/x: uno is not measured"),
        (["run", DIGITS, "--port", "host=/dev/x"], "host is simulated and has no port"),
        (["run", DIGITS, "--resume"], "no unfinished run of this plan to resume"),
        (["bench", "none.tflite", "--target", "host"], "cannot read the model: No such file"),
        (["bench", GOLDEN, "--target", "qemu_m4"], "no target 'qemu_m4' did you mean qemu-m4?"),
        (["bench", __file__, "--target", "host"], "test_cli.py: not a TFLite file"),
        (["report"], "there is no results store"),
        (
            ["bench", GOLDEN, "--target", "host", "--samples", 1, "--save-io", "/proc/io.npz"],
            "No such file or directory: '/proc/io.npz' check that the folder",
        ),
        (["bench", GOLDEN, "--target", "host", "--data", __file__], "not a readable .npz"),
    ],
)
def test_wrong_input_is_one_message_and_exit_code_2(
    tmp_path: Path, words: list[object], message: str
) -> None:
    reports = [] if words[0] == "plan" else ["--reports", tmp_path / "reports"]
    assert message in " ".join(refused(*words, *reports).split())


def test_a_truncated_model_is_refused_before_any_build(tmp_path: Path) -> None:
    whole = GOLDEN.read_bytes()
    for size in (0, 7, 100, len(whole) // 2, len(whole) - 1):
        cut = tmp_path / "cut.tflite"
        cut.write_bytes(whole[:size])
        said = refused("bench", cut, "--target", "host", "--reports", tmp_path)
        assert said.startswith("error: ")


def test_unsupported_operators_are_all_named(tmp_path: Path) -> None:
    model = TfliteBuilder()
    tensors = [model.tensor("float32", (1, 4)) for _ in range(3)]
    model.operator("RFFT2D", tensors[:1], tensors[1:2])
    model.operator("COMPLEX_ABS", tensors[1:2], tensors[2:])
    model.inputs, model.outputs = [tensors[0]], [tensors[2]]
    path = tmp_path / "odd.tflite"
    path.write_bytes(model.build())
    said = refused("bench", path, "--target", "host", "--reports", tmp_path)
    assert "RFFT2D" in said
    assert "COMPLEX_ABS" in said


def test_brackets_in_paths_are_printed_as_they_are(tmp_path: Path) -> None:
    folder = tmp_path / "[b]" / "[" / "x]"
    done = harness("codegen", GOLDEN, "--out", folder)
    assert done.returncode == 0, done.stderr
    assert f"{folder}/model_digits_int8.h: arena" in done.stdout


def test_a_file_name_that_is_no_text_is_refused() -> None:
    said = refused("inspect", os.fsdecode(b"mod\xe8le.tflite"))
    assert "error: this argument is not UTF-8 text: mod\\udce8le.tflite" in said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_a_run_with_130_and_says_what_is_kept(tmp_path: Path, number: int) -> None:
    code = "from harness.cli import main; main()"
    words = ["listen", "loop://", "--seconds", "60", "--reports", str(tmp_path)]
    with subprocess.Popen(
        [sys.executable, "-c", code, *words], cwd=ROOT, stderr=subprocess.PIPE, text=True
    ) as process:
        while not (tmp_path / "results.sqlite").exists():
            assert process.poll() is None
            time.sleep(0.05)
        time.sleep(0.5)
        process.send_signal(number)
        _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert said.startswith("interrupted: what was measured is kept")


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from typer.testing import CliRunner; from harness.cli import app; "
        "assert CliRunner().invoke(app, ['--help']).exit_code == 0; "
        "print([name for name in ('numpy', 'pandas', 'tensorflow', 'pydantic') "
        "if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == "[]"


def test_targets_and_doctor_list_what_is_there() -> None:
    listed = harness("targets").stdout
    assert "simavr-uno" in listed
    assert "cycles" in listed
    examined = harness("doctor").stdout
    assert "arm-none-eabi-gcc" in examined


def test_a_missing_compiler_is_named_with_its_remedy(tmp_path: Path) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("git", "setpriv", "gcc"):
        (tools / name).symlink_to(f"/usr/bin/{name}")
    reports = ["--reports", tmp_path / "reports"]
    done = harness(
        "bench", GOLDEN, "--target", "qemu-m4", "--samples", 2, *reports, PATH=str(tools)
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "arm-none-eabi-gcc" in done.stdout
    assert "gcc-arm-none-eabi" in done.stdout
    row = (tmp_path / "reports" / "latest" / "results.csv").read_text(encoding="utf-8")
    assert "failed" in row
    assert "arm-none-eabi-gcc" in row


@pytest.mark.parametrize(
    ("words", "core"),
    [
        (["--target", "nano33ble"], CATALOGUE["nano33ble"].core),
        (["--core", "cortex-m55"], "cortex-m55"),
        (["--target", "uno", "--core", "avr5"], "avr5"),
    ],
)
def test_codegen_is_for_the_core_that_is_named(
    words: list[object], core: str, tmp_path: Path
) -> None:
    done = harness("codegen", GOLDEN, "--out", tmp_path, *words)
    assert done.returncode == 0, done.stderr
    assert f"for {core}\n" in done.stdout
    assert done.stderr == ""
    header = (tmp_path / "model_digits_int8.h").read_text(encoding="utf-8")
    assert header == compile_model(GOLDEN.read_bytes(), "digits_int8", core=core).header
    assert f"from a TFLite model: digits_int8, for {core}. */" in header


def test_codegen_without_a_core_says_that_the_code_is_slower(tmp_path: Path) -> None:
    done = harness("codegen", GOLDEN, "--out", tmp_path)
    assert "for any core\n" in done.stdout
    assert "2 to 3 times the instructions" in done.stderr
    assert "--target NAME (harness targets lists them) or --core NAME" in done.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--target", "qemu-m5"], "there is no target 'qemu-m5'"),
        (["--core", "cortex-m555"], "there is no core 'cortex-m555' (did you mean 'cortex-m55'?)"),
        (["--target", "uno", "--core", "cortex-m0"], "--core cortex-m0: the core of uno is avr5"),
    ],
)
def test_codegen_refuses_other_names(words: list[object], message: str, tmp_path: Path) -> None:
    assert message in refused("codegen", GOLDEN, "--out", tmp_path / "headers", *words)
    assert not (tmp_path / "headers").exists()


def test_codegen_writes_both_headers_and_they_compile(tmp_path: Path) -> None:
    done = harness("codegen", GOLDEN, "--out", tmp_path)
    assert done.returncode == 0, done.stderr
    array = (tmp_path / "digits_int8_tflite.h").read_text(encoding="utf-8")
    numbers = array[array.index("{") + 1 : array.index("}")].replace("\n", "").split(",")
    assert bytes(int(number, 0) for number in numbers if number.strip()) == GOLDEN.read_bytes()
    program = tmp_path / "use.c"
    program.write_text(
        '#include "model_digits_int8.h"\n#include "model_digits_int8.h"\n'
        '#include "digits_int8_tflite.h"\n'
        "static uint8_t arena[MODEL_DIGITS_INT8_ARENA_BYTES];\n"
        "int main(void) { model_digits_int8_run(arena); return 0; }\n"
    )
    engine = ROOT / "firmware" / "lib" / "engine" / "src"
    command = ["gcc", "-std=c99", "-Wall", "-Wextra", "-Werror", "-Wno-unused", "-fsyntax-only"]
    subprocess.run([*command, "-I", str(engine), str(program)], check=True)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("tflite", "there is no authority 'tflite'"),
        ("litert-9", "one of litert-1.2, litert-2.3, tflm"),
    ],
)
def test_an_unknown_authority_is_refused_before_anything_is_built(name: str, told: str) -> None:
    assert told in refused("bench", GOLDEN, "--target", "host", "--authority", name)
