"""The report as one HTML page that needs nothing else: styles, script and plots are inside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from harness.report.page import Page
from harness.report.plots.figure import Plot
from harness.report.plots.plots import LARGEST_MATRIX

FOLDER = Path(__file__).parent


def render_html(page: Page, plots: Sequence[Plot]) -> str:
    """The page with its plots inline; all text of the run is escaped."""
    return render_template(
        "template.html.j2",
        page=page,
        plots=plots,
        script=_trusted((FOLDER / "page.js").read_text(encoding="utf-8")),
        largest_matrix=LARGEST_MATRIX,
    )


def render_template(name: str, *, plots: Sequence[Plot], **values: Any) -> str:
    """A template of this folder with the common style; plots go in as SVG, text is escaped."""
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name).render(
        plots=[replace(plot, svg=_trusted(plot.svg)) for plot in plots],
        css=_trusted((FOLDER / "style.css").read_text(encoding="utf-8")),
        **values,
    )


def _trusted(text: str) -> Markup:
    """Text made by this package itself; matplotlib escapes the names in its SVG."""
    return Markup(text)  # noqa: S704
