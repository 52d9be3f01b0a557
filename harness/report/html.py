"""The report as one HTML page that needs nothing else: styles, script and plots are inside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from harness.report.figure import Plot
from harness.report.page import Page
from harness.report.plots import LARGEST_MATRIX

FOLDER = Path(__file__).parent


def render_html(page: Page, plots: Sequence[Plot]) -> str:
    """The page with its plots inline; all text of the run is escaped."""
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("template.html.j2").render(
        page=page,
        plots=[replace(plot, svg=_trusted(plot.svg)) for plot in plots],
        css=_trusted((FOLDER / "style.css").read_text(encoding="utf-8")),
        script=_trusted((FOLDER / "page.js").read_text(encoding="utf-8")),
        largest_matrix=LARGEST_MATRIX,
    )


def _trusted(text: str) -> Markup:
    """Text made by this package itself; matplotlib escapes the names in its SVG."""
    return Markup(text)  # noqa: S704
