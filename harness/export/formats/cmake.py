"""Plain CMake: a static library, its example, and a test where it is the main project."""

from __future__ import annotations

from harness.export.formats.format import Sources
from harness.export.manifest import FLAGS
from harness.export.shipment import Shipment

_TEXT = """# Link {name} after add_subdirectory of this folder, or build it alone to test it.
cmake_minimum_required(VERSION 3.13)
project({name} C)

add_library({name} STATIC
{sources})
target_include_directories({name} PUBLIC src)
set_target_properties({name} PROPERTIES C_STANDARD 99)
target_compile_options({name} PRIVATE {flags})
target_link_libraries({name} PUBLIC m)

if(CMAKE_SOURCE_DIR STREQUAL CMAKE_CURRENT_SOURCE_DIR)
  add_executable({name}_example examples/{name}_example/main.c)
  target_link_libraries({name}_example PRIVATE {name})
  enable_testing()
  add_test(NAME {name}_selftest COMMAND {name}_example)
endif()
"""


def files(shipment: Shipment, sources: Sources) -> dict[str, str]:
    """Return CMakeLists.txt and the example."""
    name = shipment.name
    text = _TEXT.format(name=name, sources=sources.lines("  "), flags=" ".join(FLAGS))
    return {
        "CMakeLists.txt": text,
        f"examples/{name}_example/main.c": sources.texts.render("main.c"),
    }
