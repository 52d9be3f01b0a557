"""The style of every plot, and its files: an SVG that takes the page's colours, and a PNG."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Literal

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D
from matplotlib.text import Text

from harness.results.visible import visible

INK = "#23282d"  # text, axes and the original; the page's own text colour in the SVG
RULE = "#d6d9dd"  # grid; the page's rule colour in the SVG
# Okabe and Ito's colours for all kinds of colour vision, without the yellow that white swallows
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8C8C8C")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
Fill = Literal["full", "left", "right", "bottom", "none"]
FILLS: dict[str, Fill] = {
    "int8": "full",
    "float32": "none",
    "dynamic": "left",
    "int8_pertensor": "right",
    "int16x8": "bottom",
}
WIDTH = 4.7  # inches: a phone's width shows it with legible text
DPI = 130
STYLE: Any = {
    "font.size": 8,
    "font.family": "DejaVu Sans",
    "svg.fonttype": "none",
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.titlesize": 8.5,
    "axes.titlelocation": "left",
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": 7.5,
    "ytick.labelsize": 7.5,
    "grid.color": RULE,
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "legend.fontsize": 7.5,
    "lines.markersize": 5.5,
}


@dataclass(frozen=True)
class Plot:
    """A drawn plot: `name` is the files' name without ending, `group` the target or subject.

    `svg` is the element for the page, `svg_file` a file of its own, `png` empty unless asked for.
    """

    name: str
    group: str
    title: str
    alt: str
    svg: str
    svg_file: str
    png: bytes


@dataclass(frozen=True)
class Style:
    """A variant's colour and marker, the same in every plot of a run."""

    colour: str
    marker: str


def styles(variants: Sequence[str], originals: frozenset[str]) -> dict[str, Style]:
    """Ink and a star for the original; colour and marker both tell the others apart."""
    pruned = [name for name in variants if name not in originals]
    found = {name: Style(INK, "*") for name in variants if name in originals}
    size = len(COLOURS)
    for index, name in enumerate(pruned):
        found[name] = Style(COLOURS[index % size], MARKERS[(index + index // size) % size])
    return found


def new_figure(height: float, width: float = WIDTH, *, fixed: bool = False) -> Figure:
    """A figure of `height` and `width` in inches, under the common style.

    With `fixed` the caller sets the margins: fitting them measures every text, which takes as long
    as drawing.
    """
    with mpl.rc_context(STYLE):
        layout = None if fixed else ConstrainedLayoutEngine(w_pad=0.09, h_pad=0.06)
        return Figure(figsize=(width, height), layout=layout)


def variant_handles(names: Sequence[str], looks: dict[str, Style]) -> list[Line2D]:
    """Legend entries of variants."""
    return [
        Line2D([], [], color=looks[name].colour, marker=looks[name].marker, ls="", label=name)
        for name in names
    ]


def dtype_handles(dtypes: Sequence[str]) -> list[Line2D]:
    """Legend entries that tell dtypes by how the marker is filled; none for a single dtype."""
    if len(dtypes) < 2:
        return []
    return [
        Line2D([], [], color=INK, marker="o", ls="", fillstyle=fill(dtype), label=dtype)
        for dtype in dtypes
    ]


def fill(dtype: str) -> Fill:
    """Fill style of a dtype's markers."""
    return FILLS.get(dtype, "full")


def save(
    figure: Figure,
    *,
    name: str,
    group: str,
    title: str,
    alt: str,
    labels: Mapping[str, str] | None = None,
    png: bool = False,
) -> Plot:
    """Render the figure as SVG and, where `png` asks for it, as PNG, which takes as long again.

    `labels` by gid of an artist: in the page it can be focused and says that in a tooltip.
    """
    for text in figure.findobj(Text):  # names of files and classes may hold a $ or worse
        text.set_parse_math(False)
        text.set_text(visible(text.get_text()))
    drawn = BytesIO()
    # The canvases' own methods: Figure.savefig draws everything twice for each file.
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": name}):
        figure.set_dpi(DPI)
        if png:
            figure.set_facecolor("white")
            draw: Any = FigureCanvasAgg(figure).print_png
            draw(drawn)
            figure.set_layout_engine("none")  # the first drawing has settled the layout
        content = _svg(figure)
    inline = _inline(content, name, alt, labels or {})
    return Plot(name, group, title, alt, inline, _file(content, alt), drawn.getvalue())


def _svg(figure: Figure) -> str:
    for patch in (figure.patch, *(axes.patch for axes in figure.axes)):
        patch.set_facecolor("none")
    out = BytesIO()
    draw: Any = FigureCanvasSVG(figure).print_svg
    draw(out, metadata=dict.fromkeys(("Creator", "Date", "Format", "Type")))
    return out.getvalue().decode()


def _inline(svg: str, name: str, alt: str, labels: Mapping[str, str]) -> str:
    """The SVG element for a page: no outside names, own ids, the page's colours, the alt text."""
    body = svg[svg.index("<svg") :]
    head, _, rest = body.partition(">")
    box = re.search(r'viewBox="([^"]+)"', head)
    rest = re.sub(r"<metadata>.*?</metadata>", "", rest, flags=re.S)
    rest = re.sub(r'\bid="', f'id="{name}-', rest)
    rest = rest.replace("url(#", f"url(#{name}-").replace('xlink:href="#', f'href="#{name}-')
    rest = rest.replace("xlink:href", "href")
    rest = re.sub(r"font: ([\d.]+px) [^;\"]*", r"font-size: \1", rest)
    rest = rest.replace(INK, "currentColor").replace(RULE, "var(--rule)")
    rest = rest.replace(COLOURS[0].lower(), "var(--blue)")
    for key, label in labels.items():
        text = _escape(label)
        rest = rest.replace(
            f'<g id="{name}-{key}">',
            f'<g id="{name}-{key}" class="point" tabindex="0" role="img" aria-label="{text}">'
            f"<title>{text}</title>",
        )
    view = box[1] if box else ""
    role = "group" if labels else "img"  # parts of an img cannot be focused
    return f'<svg viewBox="{view}" role="{role}" aria-label="{_escape(alt)}">{rest}'


def _file(svg: str, alt: str) -> str:
    """The SVG as a file of its own: on white, as the PNG is, with the alt text as its title."""
    head, opening, rest = svg.partition("<svg")
    start, _, body = rest.partition(">")
    return f'{head}{opening}{start} style="background: white"><title>{_escape(alt)}</title>{body}'


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
