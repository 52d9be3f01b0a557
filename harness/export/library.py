"""A library's folder: the files that all formats share, those of one format, the manifest."""

from __future__ import annotations

from pathlib import Path

from harness.durable import replaced
from harness.errors import InputError
from harness.export.engine import Engine
from harness.export.formats import FORMATS
from harness.export.formats.format import Sources
from harness.export.manifest import manifest_of
from harness.export.shipment import Shipment
from harness.export.text import LICENCE, Texts
from harness.nearest import nearest

MANIFEST = "manifest.json"


def check_format(name: str) -> None:
    """Raise InputError, with the known names, where there is no such format."""
    if name not in FORMATS:
        raise InputError(
            f"there is no format '{name}'{nearest(name, FORMATS)}",
            hint=f"known are {', '.join(FORMATS)}",
        )


def shared_files(shipment: Shipment, root: Path) -> dict[str, bytes]:
    """Return the files of every format by path; `root` is the project's folder."""
    name, header = shipment.name, shipment.compiled.header
    part = Engine(root).part(header, shipment.compiled.core)
    texts = Texts(shipment)
    own = f"src/{name}_engine"
    files = {
        f"src/{name}.h": texts.render("api.h"),
        f"src/{name}.c": texts.render("api.c"),
        f"src/{name}_model.c": texts.render("model.c"),
        f"src/{name}_selftest.c": texts.render("selftest.c"),
        f"src/{name}_eloquent.h": texts.render("eloquent.h"),
        f"{own}/{name}_build.h": texts.render("build.h"),
        f"{own}/model_{name}.h": f"{LICENCE}\n{part.renamed(header, name)}",
        "README.md": texts.render("README.md"),
        "LICENSE": (root / "LICENSE").read_text(encoding="utf-8"),
    }
    for file, text in part.files.items():
        first = f'#include "{name}_build.h"\n\n' if file.endswith(".c") else ""
        files[f"{own}/{file}"] = f"{LICENCE}\n{first}{part.renamed(text, name)}"
    content = {path: text.encode() for path, text in files.items()}
    return content | {
        f"{name}.tflite": shipment.tflite,
        f"{name}_vectors.npz": shipment.vectors.npz,
    }


def library_files(shipment: Shipment, format_name: str, root: Path) -> dict[str, bytes]:
    """Return all files of a library by path, the manifest among them."""
    files = shared_files(shipment, root)
    sources = tuple(sorted(path for path in files if path.endswith(".c")))
    more = FORMATS[format_name](shipment, Sources(sources, Texts(shipment)))
    files |= {path: text.encode() for path, text in more.items()}
    return files | {MANIFEST: manifest_of(shipment, format_name, files)}


def write_library(folder: Path, files: dict[str, bytes]) -> None:
    """Write the files into a new folder, whole or not at all. Raises InputError, OSError."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(
            "the folder is not empty", where=str(folder), hint="remove it, or name another with -o"
        )
    with replaced(folder) as partial:
        for name, content in files.items():
            path = partial / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
