"""ESP-IDF component, with a project that has it as its only component."""

from __future__ import annotations

from harness import __version__
from harness.export.formats.format import Sources
from harness.export.manifest import FLAGS
from harness.export.shipment import Shipment
from harness.export.text import plain

_COMPONENT = """idf_component_register(
  SRCS
{sources}
  INCLUDE_DIRS "src")
target_compile_options(${{COMPONENT_LIB}} PRIVATE {flags})
"""
_MANIFEST = """version: "{version}"
description: "{title} for {target}"
license: Apache-2.0
"""
_PROJECT = """cmake_minimum_required(VERSION 3.16)
set(EXTRA_COMPONENT_DIRS "../..")
include($ENV{{IDF_PATH}}/tools/cmake/project.cmake)
project({name}_example)
"""
_MAIN = 'idf_component_register(SRCS "main.c" REQUIRES {component})\n'


def files(shipment: Shipment, sources: Sources) -> dict[str, str]:
    """Return the component's CMakeLists.txt, its manifest and the example project.

    ESP-IDF calls a component by its folder, which has to be called like the library.
    """
    name = shipment.name
    example = f"examples/{name}_example"
    return {
        "CMakeLists.txt": _COMPONENT.format(
            sources="\n".join(f'    "{path}"' for path in sources.c_files), flags=" ".join(FLAGS)
        ),
        "idf_component.yml": _MANIFEST.format(
            version=__version__, title=plain(shipment.title), target=shipment.spec.name
        ),
        f"{example}/CMakeLists.txt": _PROJECT.format(name=name),
        f"{example}/main/CMakeLists.txt": _MAIN.format(component=name),
        f"{example}/main/main.c": sources.texts.render("main.c"),
    }
