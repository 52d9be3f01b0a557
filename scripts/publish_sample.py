"""Make the newest report the committed sample: reports/sample, README's figures and
picture, and the notebook's outputs.

Run it after `make bench` in a clean checkout, so that the report names a commit:
`.venv/bin/python scripts/publish_sample.py`. Needs Chromium for the picture.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pandas as pd

from scripts.marked_part import with_part

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = ROOT / "reports" / "sample"
PICTURE = ROOT / "docs" / "images" / "report.png"
MARKS = ("<!-- figures: scripts/publish_sample.py -->", "<!-- end of figures -->")
WINDOW = "1280,900"  # the first screen: the table of boards against variants


def figures(table: pd.DataFrame) -> str:
    """README's table: one row a target and dtype, the original beside its pruned variants."""
    lines = [
        "| target | model | accuracy | latency | flash | arena | stack | int8 = TFLite |",
        "|---|---|---:|---:|---:|---:|---:|---:|",
    ]
    for row in table[table["target"] != "host"].itertuples():
        cells = [f"`{row.target}`", f"{row.variant} {row.dtype}"]
        if row.status == "ok":
            exact = f"{row.samples:.0f}/{row.samples:.0f}" if row.parity_max_lsb == 0 else ""
            cells += [
                f"{row.accuracy_device:.1%}",
                f"{row.latency_median:,.0f} {row.latency_unit}",
                f"{row.flash_bytes:,.0f} B",
                f"{row.arena_bytes:,.0f} B",
                f"{row.stack_bytes:,.0f} B",
                exact,
            ]
        else:
            cells += [str(row.status), "", "", f"{row.arena_bytes:,.0f} B", "", ""]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def with_figures(readme: str, table: pd.DataFrame) -> str:
    """README's text with the table between its marks."""
    return with_part(readme, MARKS, figures(table))


def take_picture(page: Path, picture: Path) -> None:
    """A screenshot of the page's top, made offline."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        sys.exit("Chromium is needed for the picture: apt-get install chromium")
    picture.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as profile:
        command = [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
        command += ["--disable-background-networking", "--no-first-run", f"--window-size={WINDOW}"]
        command += [f"--user-data-dir={profile}", f"--screenshot={picture}", page.as_uri()]
        subprocess.run(command, check=True, capture_output=True)


def main() -> None:
    """Copy, fill in, take the picture, run the notebook that reads it."""
    latest = (ROOT / "reports" / "latest").resolve()
    if not latest.is_dir():
        sys.exit("there is no report yet: make bench")
    shutil.rmtree(SAMPLE, ignore_errors=True)
    shutil.copytree(latest, SAMPLE)
    readme = ROOT / "README.md"
    table = pd.read_csv(SAMPLE / "results.csv")
    readme.write_text(with_figures(readme.read_text(encoding="utf-8"), table), encoding="utf-8")
    take_picture(SAMPLE / "index.html", PICTURE)
    notebook = [sys.executable, str(ROOT / "scripts" / "run_notebook.py")]
    subprocess.run([*notebook, str(ROOT / "docs" / "results.ipynb")], check=True)


if __name__ == "__main__":
    main()
