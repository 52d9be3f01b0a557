"""CMSIS pack: the description (pdsc) of one component; a vendor adds its name and URL."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from harness import __version__
from harness.export.formats.format import Sources
from harness.export.shipment import Shipment

VENDOR = "Harness"


def files(shipment: Shipment, sources: Sources) -> dict[str, str]:
    """Return the pack's description and an example."""
    name = shipment.name
    entries = [("header", f"src/{name}.h"), *(("source", path) for path in sources.c_files)]
    lines = "\n".join(
        f"        <file category={quoteattr(kind)} name={quoteattr(path)}/>"
        for kind, path in entries
    )
    title = escape(f"{shipment.title} for {shipment.spec.name}")
    text = f"""<?xml version="1.0" encoding="UTF-8"?>
<package schemaVersion="1.7.7" xmlns:xs="http://www.w3.org/2001/XMLSchema-instance"
         xs:noNamespaceSchemaLocation="PACK.xsd">
  <vendor>{VENDOR}</vendor>
  <name>{name}</name>
  <description>{title}</description>
  <url></url>
  <license>LICENSE</license>
  <releases>
    <release version="{__version__}">{title}</release>
  </releases>
  <components>
    <component Cclass="Machine Learning" Cgroup="Model" Csub="{name}" Cversion="{__version__}">
      <description>{title}</description>
      <files>
        <file category="include" name="src/"/>
{lines}
      </files>
    </component>
  </components>
</package>
"""
    return {
        f"{VENDOR}.{name}.pdsc": text,
        f"examples/{name}_example/main.c": sources.texts.render("main.c"),
    }
