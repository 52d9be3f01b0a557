"""Arduino library (specification of arduino-cli, format 1.5), with a sketch."""

from __future__ import annotations

from harness import __version__
from harness.codegen.cores import CORES
from harness.export.formats.format import Sources
from harness.export.shipment import Shipment
from harness.export.text import plain

_ARCHITECTURES = {"avr": "avr", "xtensa": "esp32,esp8266", "riscv": "esp32"}


def files(shipment: Shipment, sources: Sources) -> dict[str, str]:
    """Return library.properties and the sketch."""
    name = shipment.name
    family = CORES[shipment.spec.core].family
    properties = {
        "name": name,
        "version": __version__,
        "author": "harness export",
        "maintainer": "harness export",
        "sentence": f"{plain(shipment.title)} for {shipment.spec.name}.",
        "paragraph": "Generated code and the kernels it calls, as they were measured.",
        "category": "Data Processing",
        "url": "https://www.apache.org/licenses/LICENSE-2.0",
        "architectures": _ARCHITECTURES.get(family, "*"),
        "includes": f"{name}.h",
    }
    return {
        "library.properties": "".join(f"{key}={value}\n" for key, value in properties.items()),
        f"examples/{name}_sketch/{name}_sketch.ino": sources.texts.render("sketch.ino"),
    }
