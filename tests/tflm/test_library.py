"""Where TensorFlow Lite Micro comes from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.errors import InputError
from harness.tflm.library import INTERPRETER, local_library, registry_library

ROOT = Path(__file__).parents[2]


def make(folder: Path, manifest: str = "", name: str = "library.json") -> Path:
    header = folder / "src" / INTERPRETER
    header.parent.mkdir(parents=True)
    header.write_text("class MicroInterpreter;\n")
    if manifest:
        (folder / name).write_text(manifest)
    return folder


def test_a_library_is_linked_into_a_storage_of_its_own(tmp_path: Path) -> None:
    flags = '{"name": "TFLM", "version": "2.0.1", "build": {"flags": "-O3 -DA -D B=2 -Isrc"}}'
    folder = make(tmp_path / "mine", flags)
    make(tmp_path / "neighbour")
    found = local_library(folder, tmp_path / "links")
    assert (found.name, found.version) == ("TFLM", "2.0.1")
    assert found.defines == (("A", "1"), ("B", "2"))
    assert found.storage is not None
    assert found.storage.parent == tmp_path / "links"
    assert [path.name for path in found.storage.iterdir()] == ["mine"]
    assert (found.storage / "mine").resolve() == folder
    assert local_library(folder, tmp_path / "links") == found
    assert str(found) == f"TFLM 2.0.1 ({found.digest[:12]})"


def test_a_list_of_flags_and_arduinos_manifest_are_read(tmp_path: Path) -> None:
    listed = make(tmp_path / "a", '{"build": {"flags": ["-DX=1", "-w"]}}')
    assert local_library(listed, tmp_path / "links").defines == (("X", "1"),)
    arduino = make(
        tmp_path / "b", "name=Port\nversion=2.4.0-ALPHA\nauthor=me\n", "library.properties"
    )
    found = local_library(arduino, tmp_path / "links")
    assert (found.name, found.version, found.defines) == ("Port", "2.4.0-ALPHA", ())
    assert local_library(make(tmp_path / "bare"), tmp_path / "links").name == "bare"


def test_the_digest_is_of_names_and_contents_but_not_of_hidden_files(tmp_path: Path) -> None:
    folder = make(tmp_path / "mine")
    digests = [local_library(folder, tmp_path / "links").digest]
    (folder / ".git").mkdir()
    (folder / ".git" / "HEAD").write_text("ref: main\n")
    assert local_library(folder, tmp_path / "links").digest == digests[0]
    (folder / "src" / "a.cpp").write_text("int a;\n")
    digests.append(local_library(folder, tmp_path / "links").digest)
    (folder / "src" / "a.cpp").rename(folder / "src" / "b.cpp")
    digests.append(local_library(folder, tmp_path / "links").digest)
    (folder / "src" / "b.cpp").write_text("int b;\n")
    digests.append(local_library(folder, tmp_path / "links").digest)
    assert len(set(digests)) == 4


def test_a_folder_of_libraries_is_the_storage_itself(tmp_path: Path) -> None:
    storage = tmp_path / "libraries"
    make(storage / "tflm", '{"name": "TFLM", "version": "1"}')
    (storage / "cmsis" / "src").mkdir(parents=True)
    found = local_library(storage, tmp_path / "links")
    assert (found.name, found.storage) == ("TFLM", storage)
    (storage / "cmsis" / "src" / "nn.h").write_text("")
    assert local_library(storage, tmp_path / "links").digest != found.digest


@pytest.mark.parametrize(
    ("prepare", "message"),
    [
        (lambda _: None, "there is no such folder"),
        (lambda folder: folder.mkdir(), "it has no tensorflow/lite/micro/micro_interpreter.h"),
        (
            lambda folder: (make(folder / "a"), make(folder / "b")),
            "2 libraries in it have tensorflow",
        ),
        (lambda folder: make(folder, "{"), "no library's manifest"),
        (lambda folder: make(folder, "[]"), "no library's manifest"),
        (lambda folder: make(folder, '{"build": {"flags": [1]}}'), "no library's manifest"),
    ],
)
def test_what_is_no_library_is_told(
    tmp_path: Path, prepare: Callable[[Path], object], message: str
) -> None:
    folder = tmp_path / "given"
    prepare(folder)
    with pytest.raises(InputError, match=message) as error:
        local_library(folder, tmp_path / "links")
    assert "--tflm-library" in error.value.hint


def test_boards_with_an_environment_for_it_take_the_registrys(tmp_path: Path) -> None:
    (tmp_path / "platformio.ini").write_text(
        "[env:board]\nplatform = x\n[env:board_tflm]\nextends = env:board\n"
        "lib_deps =\n  someone/Port@2.0.0\n"
        "[env:referring_tflm]\nlib_deps = ${common.port}\n[common]\nport = someone/Port@2.0.0\n"
    )
    found = registry_library(tmp_path, "board")
    assert found is not None
    assert (found.name, found.version, found.storage) == ("someone/Port", "2.0.0", None)
    assert found.env_suffix == "_tflm"
    assert registry_library(tmp_path, "referring") == found
    assert registry_library(tmp_path, "other") is None
