from pathlib import Path

import pytest

from harness.boards.catalogue import load_catalogue
from harness.dialects.dut import read_dut
from harness.errors import InputError, ModelError
from tests.chosen_targets import targets_of

DATA = Path(__file__).parents[1] / "data"
DIGITS = DATA / "digits_int8.tflite"


@pytest.mark.parametrize(
    ("benchmark", "given", "samples"),
    [
        ("kws01", "", "int8"),
        ("ic01", "", "uint8"),
        ("vww01", "", "uint8"),
        ("ic01", "int8", "int8"),
        ("kws01", "uint8", "uint8"),
    ],
)
def test_samples_follow_the_benchmark_unless_told(benchmark: str, given: str, samples: str) -> None:
    spec = load_catalogue()["qemu-m4"]
    assert read_dut(DIGITS, spec, benchmark, given, 921600).samples == samples


@pytest.mark.parametrize(
    ("target", "benchmark", "samples", "baud", "message"),
    [
        ("qemu-m4", 'kws"01', "", 115200, "not 1 to 16 small letters and digits"),
        ("qemu-m4", "", "", 115200, "not 1 to 16"),
        ("qemu-m4", "kws01", "float", 115200, "there is int8 and uint8"),
        ("qemu-m4", "kws01", "", 9600, "115200 and 921600"),
        ("simavr-uno", "kws01", "", 921600, "cannot make 921600 baud"),
        (targets_of("renode")[0], "kws01", "", 115200, "no target of the kind renode"),
        (targets_of("linux")[0], "kws01", "", 115200, "no target of the kind linux"),
    ],
)
def test_bad_options_are_refused(
    target: str, benchmark: str, samples: str, baud: int, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        read_dut(DIGITS, load_catalogue()[target], benchmark, samples, baud)


def test_float_models_are_refused() -> None:
    spec = load_catalogue()["qemu-m4"]
    with pytest.raises(ModelError, match="input is float32, output float32"):
        read_dut(DATA / "digits_float32.tflite", spec, "kws01", "", 115200)
