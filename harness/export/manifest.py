"""The manifest of a library: origin, figures and the digest of every file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from harness import __version__
from harness.codegen.prefer import BALANCED, Prefer
from harness.errors import InputError
from harness.export.shipment import Figures, Shipment

FLAGS = ("-O2", "-ffunction-sections", "-fdata-sections", "-fno-math-errno", "-ffp-contract=off")


class Manifest(BaseModel):
    """manifest.json. `counts`: of each vector, in the target's latency unit.

    Each `frames` vectors are a sequence.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: Literal[1] = 1
    harness: str
    name: str
    title: str
    format: str
    target: str
    core: str
    prefer: Prefer = BALANCED
    sha256: str
    crc32: int
    flags: tuple[str, ...] = FLAGS
    classes: tuple[str, ...]
    figures: Figures | None
    vector_source: Literal["device", "reference"]
    counts: tuple[float, ...] | None
    frames: int = Field(default=1, ge=1)
    origin: dict[str, Any]
    files: dict[str, str]


def digest(content: bytes) -> str:
    """Return SHA-256 as hexadecimal text."""
    return hashlib.sha256(content).hexdigest()


def manifest_of(shipment: Shipment, format_name: str, files: Mapping[str, bytes]) -> bytes:
    """Return the content of manifest.json for these `files` by path."""
    vectors = shipment.vectors
    counts = None if vectors.counts is None else tuple(float(each) for each in vectors.counts)
    manifest = Manifest(
        harness=__version__,
        name=shipment.name,
        title=shipment.title,
        format=format_name,
        target=shipment.spec.name,
        core=shipment.compiled.core.name,
        prefer=shipment.compiled.prefer,
        sha256=shipment.sha256,
        crc32=shipment.compiled.crc32,
        classes=shipment.classes,
        figures=shipment.figures,
        vector_source=vectors.source,
        counts=counts,
        frames=vectors.frames,
        origin=shipment.origin,
        files={path: digest(content) for path, content in sorted(files.items())},
    )
    return (json.dumps(manifest.model_dump(mode="json"), indent=1) + "\n").encode()


def read_manifest(path: Path) -> Manifest:
    """Read manifest.json. Raises InputError."""
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except OSError as error:
        raise InputError(
            f"this is no exported library: {path.name} cannot be read ({error.strerror})",
            where=str(path.parent),
            hint="name the folder that harness export wrote",
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        at = ".".join(map(str, first["loc"])) or path.name
        raise InputError(
            f"the manifest is damaged: {at}: {first['msg']}",
            where=str(path),
            hint="export the library again",
        ) from error
