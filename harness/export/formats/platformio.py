"""PlatformIO library: the flags of the measured build are in its manifest."""

from __future__ import annotations

import json

from harness import __version__
from harness.export.formats.format import Sources
from harness.export.manifest import FLAGS
from harness.export.shipment import Shipment


def files(shipment: Shipment, sources: Sources) -> dict[str, str]:
    """Return library.json and the sketch."""
    name = shipment.name
    manifest = {
        "name": name,
        "version": __version__,
        "description": f"{shipment.title} for {shipment.spec.name}",
        "license": "Apache-2.0",
        "frameworks": "*",
        "platforms": "*",
        "headers": f"{name}.h",
        "build": {"flags": " ".join(FLAGS), "unflags": "-Os"},
    }
    return {
        "library.json": json.dumps(manifest, indent=2) + "\n",
        f"examples/{name}_sketch/{name}_sketch.ino": sources.texts.render("sketch.ino"),
    }
