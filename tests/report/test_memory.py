import pandas as pd

from harness.report.memory import MOST_ROWS, memory_map


def rows(number: int = 1, **changes: object) -> pd.DataFrame:
    row = {
        "variant": "original", "dtype": "int8", "engine": "codegen", "original": True,
        "timing_kind": "instructions",
        "flash_bytes": 5_000, "weights_bytes": 3_000, "image_flash_bytes": 8_000,
        "flash_limit": 32_000,
        "arena_bytes": 400, "stack_bytes": 100, "ram_bytes": 650, "ram_limit": 1_500,
    }  # fmt: skip
    return pd.DataFrame([row | changes] * number)


def test_the_parts_add_up_to_the_image() -> None:
    ((name, flash, ram),) = memory_map(rows(), frozenset()).rows
    assert name == "original int8"
    assert [(part.name, part.bytes, part.share) for part in flash.parts] == [
        ("weights", 3_000, 37.5),
        ("engine", 2_000, 25.0),
        ("other", 3_000, 37.5),
    ]
    assert (flash.total, flash.used) == ("8,000", "25.0")
    assert [(part.name, part.bytes) for part in ram.parts] == [
        ("arena", 400),
        ("stack", 100),
        ("other", 250),
    ]
    assert (ram.total, ram.used) == ("750", "50.0")


def test_what_is_not_known_is_a_dash_and_no_zero() -> None:
    found = memory_map(rows(stack_bytes=None, image_flash_bytes=None, ram_limit=None), frozenset())
    ((_, flash, ram),) = found.rows
    assert (ram.figure("stack"), ram.used, flash.figure("other")) == ("–", "", "–")  # noqa: RUF001
    assert memory_map(rows(flash_bytes=None), frozenset()).rows == ()


def test_this_computer_has_no_map() -> None:
    assert memory_map(rows(timing_kind="host-clock"), frozenset()).rows == ()


def test_of_many_models_those_to_keep_are_shown() -> None:
    many = pd.concat([rows(), rows(MOST_ROWS + 1, original=False)], ignore_index=True)
    found = memory_map(many, frozenset({5, 7}))
    assert (len(found.rows), found.left_out) == (3, MOST_ROWS - 1)


def test_models_of_another_engine_are_named_so() -> None:
    ((name, *_),) = memory_map(rows(engine="tflm"), frozenset()).rows
    assert name == "original int8 (tflm)"
