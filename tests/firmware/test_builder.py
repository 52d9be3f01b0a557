"""Failed builds and their reasons, and the upload of an image; real builds are in tests/hil."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from harness.boards.catalogue import load_catalogue
from harness.codegen import CompiledModel, compile_model
from harness.errors import BuildError, DoesNotFit, ModelError
from harness.firmware.builder import FirmwareBuilder, Image, check_fit
from harness.firmware.footprint import Footprint
from harness.firmware.library import Library
from harness.firmware.pio import Environment
from harness.firmware.pio_errors import build_failure
from harness.project import Project

DATA = Path(__file__).parents[1] / "data"
UNO = load_catalogue()["simavr-uno"]
NANO = load_catalogue()["nano33ble"]


def image_of(footprint: Footprint) -> Image:
    return Image(
        elf=Path("firmware.elf"),
        build_id="",
        upload=print,
        models=(),
        footprint=footprint,
        log=Path("log"),
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
            "Compiling\nfirmware/src/app_link.c:12:3: error: unknown type name 'x'\nmore\n",
            BuildError,
            r"could not build: firmware/src/app_link.c:12:3: error: unknown type name 'x'",
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
        (
            "ld: conv.o: in function `f':\nx.c:7: undefined reference to `__mulsf3'\n",
            ModelError,
            r"computes with floats; avr5 has no FPU, and the compiler of simavr-uno no library",
        ),
        (
            "ld: x.c:7: undefined reference to `__muldi3'\n",
            BuildError,
            r"could not build: ld: x.c:7: undefined reference to `__muldi3'",
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


def test_other_flags_of_the_user_are_another_image(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "platformio.ini").write_text("")
    linked: list[object] = []

    def compile_nothing(*words: object) -> None:
        linked.append(words[-1])
        raise BuildError("not built")

    monkeypatch.setattr(Environment, "compile", compile_nothing)
    for flags in ("", "-DX", "-DY", ""):
        monkeypatch.setenv("PLATFORMIO_BUILD_FLAGS", flags)
        with pytest.raises(BuildError, match="not built"):
            FirmwareBuilder(Project(tmp_path, tmp_path)).build(UNO, [])
    assert linked[0] == linked[3]
    assert len(set(linked)) == 3


Compiled = list[tuple[Environment, dict[str, str]]]


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> Compiled:
    """Environment and files of every image that was built, with nothing run to build it."""
    found: Compiled = []

    def compiled(self: Environment, workspace: Path, files: dict[str, str], log: Path) -> Path:
        found.append((self, files))
        elf = workspace / "firmware.elf"
        for path in (elf, log):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"")
        return elf

    monkeypatch.setattr(Environment, "compile", compiled)
    monkeypatch.setattr("harness.firmware.builder.elf_footprint", lambda _: Footprint(1, 1))
    return found


def model() -> CompiledModel:
    return compile_model((DATA / "digits_int8.tflite").read_bytes(), "digits", core=NANO.core)


def built_plain(project: Project) -> Image:
    return FirmwareBuilder(project).build(NANO, [model()])


def built_layered(project: Project) -> Image:
    return FirmwareBuilder(project).build(NANO, [model()], layered=True)


def built_with_macros(project: Project) -> Image:
    macros = {"IMAGE_MARKER_PIN": "7"}
    return FirmwareBuilder(project, macros=macros, flags="-DPORT_BAUD=9600").build(NANO, [model()])


def built_with_a_library(project: Project) -> Image:
    library = Library("TFLM", "1", "ab" * 32, project.root, "_tflm")
    builder = FirmwareBuilder(project, library=library)
    return builder.build_files(NANO, lambda build_id: {"image.h": build_id}, ("digits",))


@pytest.mark.parametrize(
    ("make", "marks"),
    [
        (built_plain, ["model_digits_run"]),
        (built_layered, ["IMAGE_MODEL_COUNT 4"]),
        (built_with_macros, ["#define IMAGE_MARKER_PIN 7"]),
        (built_with_a_library, []),
    ],
)
def test_an_image_is_uploaded_as_it_was_built(
    make: Callable[[Project], Image],
    marks: list[str],
    compiled: Compiled,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    (tmp_path / "platformio.ini").write_text("")
    project = Project(tmp_path, tmp_path)
    image = make(project)
    again = make(project)
    assert (again, len(compiled)) == (image, 1)  # the second one is from the cache
    ((environment, files),) = compiled
    text = "\n".join(files.values())
    assert image.build_id in text
    assert all(mark in text for mark in marks)

    uploads: list[tuple[Environment, dict[str, str], str, str]] = []

    def upload(
        self: Environment, workspace: Path, files: dict[str, str], log: Path, port: str
    ) -> None:
        assert workspace.parent == project.builds / "workspaces"
        uploads.append((self, files, log.name, port))

    monkeypatch.setattr(Environment, "upload", upload)
    for each in (image, again, replace(image, build_id="another")):
        each.upload("/dev/ttyACM7")
    log = f"upload-{environment.name}-{image.build_id}.log"
    assert uploads == [(environment, files, log, "/dev/ttyACM7")] * 3
