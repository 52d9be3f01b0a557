"""What a failed build is told as; builds themselves are in tests/hil."""

from pathlib import Path

import pytest

from harness.boards.catalogue import load_catalogue
from harness.errors import BuildError, DoesNotFit
from harness.firmware.builder import FirmwareBuilder, Image, check_fit, write_files
from harness.firmware.footprint import Footprint
from harness.firmware.pio_errors import build_failure
from harness.project import Project

UNO = load_catalogue()["simavr-uno"]


def image_of(footprint: Footprint) -> Image:
    return Image(
        elf=Path("firmware.elf"), build_id="", models=(), footprint=footprint, log=Path("log")
    )


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        (
            "Platform Manager: Installing atmelavr @ 5.3.0\nHTTPClientError: \n",
            BuildError,
            r"registry, which has the platform atmelavr @ 5.3.0, cannot be reached; run `pio pkg",
        ),
        (
            "Tool Manager: Installing platformio/tool-scons @ ~4.41101.0\nHTTPClientError: \n",
            BuildError,
            r"which has the tool platformio/tool-scons @ ~4.41101.0, cannot be reached; make setup",
        ),
        (
            "Compiling\nfirmware/src/app.c:12:3: error: unknown type name 'x'\nmore\n",
            BuildError,
            r"could not build: firmware/src/app.c:12:3: error: unknown type name 'x'",
        ),
        (
            "ld: region `text' overflowed by 1494 bytes\ncollect2: error: ld returned 1\n",
            DoesNotFit,
            r"the linker's region text is too small by 1,494 B; simavr-uno has 32,256 B of flash",
        ),
        (
            "model_x.h:9:21: error: size of array \u2018model_x_weights\u2019 is too large\n",
            DoesNotFit,
            r"model_x_weights is larger than the 32,767 B that simavr-uno's compiler allows",
        ),
        (
            "ld: address 0x8025ea of firmware.elf section `.bss' is not within region `data'\n",
            DoesNotFit,
            r"section .bss leaves the linker's region data; simavr-uno has .* 2,048 B of RAM",
        ),
        ("Killed\n", BuildError, r"could not build: see the log"),
    ],
)
def test_a_failure_is_told_by_its_cause(
    tmp_path: Path, text: str, kind: type[Exception], message: str
) -> None:
    log = tmp_path / "build.log"
    log.write_text(text)
    failure = build_failure(UNO, log)
    with pytest.raises(kind, match=message):
        raise failure


@pytest.mark.parametrize(
    ("flash", "ram", "message"),
    [
        (32_257, 100, r"needs 32,257 B of flash, simavr-uno has 32,256 B"),
        (100, 1_537, r"needs 1,537 B of static RAM and 512 B for the stack.* has 2,048 B"),
    ],
)
def test_an_image_one_byte_too_large_is_refused(flash: int, ram: int, message: str) -> None:
    with pytest.raises(DoesNotFit, match=message):
        check_fit(UNO, image_of(Footprint(flash, ram)))
    check_fit(UNO, image_of(Footprint(32_256, 1_536)))


def test_files_that_are_right_are_left_alone(tmp_path: Path) -> None:
    write_files(tmp_path, {"image.h": "a", "model_x.h": "b"})
    before = (tmp_path / "image.h").stat().st_mtime_ns
    write_files(tmp_path, {"image.h": "a", "model_y.h": "c"})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["image.h", "model_y.h"]
    assert (tmp_path / "image.h").stat().st_mtime_ns == before


def test_other_flags_of_the_user_are_another_image(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "platformio.ini").write_text("")
    linked: list[str] = []

    def link(*words: object) -> None:
        linked.append(str(words[3]))
        raise BuildError("not built")

    monkeypatch.setattr(FirmwareBuilder, "_link", link)
    for flags in ("", "-DX", "-DY", ""):
        monkeypatch.setenv("PLATFORMIO_BUILD_FLAGS", flags)
        with pytest.raises(BuildError, match="not built"):
            FirmwareBuilder(Project(tmp_path, tmp_path)).build(UNO, [])
    assert linked[0] == linked[3]
    assert len(set(linked)) == 3
