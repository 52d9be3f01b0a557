"""Zephyr module: CONFIG_NAME=y links the library; the example is an application."""

from __future__ import annotations

from harness.export.formats.format import Sources
from harness.export.manifest import FLAGS
from harness.export.shipment import Shipment
from harness.export.text import plain

_MODULE = """name: {name}
build:
  cmake: .
  kconfig: Kconfig
"""
_KCONFIG = """config {NAME}
\tbool "{title}"
\thelp
\t  The model {name}, compiled for {target}.
"""
_CMAKE = """if(CONFIG_{NAME})
  zephyr_library_named({name})
  zephyr_library_sources(
{sources})
  zephyr_library_compile_options({flags})
  zephyr_include_directories(src)
endif()
"""
_APPLICATION = """cmake_minimum_required(VERSION 3.20)
list(APPEND ZEPHYR_EXTRA_MODULES ${{CMAKE_CURRENT_SOURCE_DIR}}/../..)
find_package(Zephyr REQUIRED HINTS $ENV{{ZEPHYR_BASE}})
project({name}_example)
target_sources(app PRIVATE src/main.c)
"""


def files(shipment: Shipment, sources: Sources) -> dict[str, str]:
    """Return zephyr/module.yml, Kconfig, CMakeLists.txt and the example application."""
    name = shipment.name
    example = f"examples/{name}_example"
    values = {
        "name": name,
        "NAME": name.upper(),
        "title": plain(shipment.title),
        "target": shipment.spec.name,
        "sources": sources.lines("    "),
        "flags": " ".join(FLAGS),
    }
    return {
        "zephyr/module.yml": _MODULE.format(**values),
        "Kconfig": _KCONFIG.format(**values),
        "CMakeLists.txt": _CMAKE.format(**values),
        f"{example}/CMakeLists.txt": _APPLICATION.format(**values),
        f"{example}/prj.conf": f"CONFIG_{name.upper()}=y\nCONFIG_PRINTK=y\n",
        f"{example}/src/main.c": sources.texts.render("main.c"),
    }
