"""Times of sorting and filtering on the report's page with many rows, in headless Chromium.

`.venv/bin/python benchmarks/report_page.py [VARIANTS]`: a synthetic run of VARIANTS x 2 dtypes x 2
targets (default 1,250: 5,000 rows) is written as a page; a script in it clicks, forces the layout
and reads the browser's clock. Painting is not in the figures. Nothing here gates.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from html import unescape
from pathlib import Path

import numpy as np
import typer

from harness.report.write import write_report
from tests.report import synthetic

REPEATS = 7
PROBE = """<script>
const times = {};
const taken = (name, act) => {
  times[name] = Array.from({ length: %d }, () => {
    const start = performance.now();
    act();
    void document.body.offsetHeight;
    return performance.now() - start;
  });
};
const form = document.querySelector("#filters");
const head = (column) => document.querySelector(`table.sortable th[data-column="${column}"]`);
taken("sort by latency", () => head("Latency").querySelector("button").click());
taken("sort by name", () => head("Variant").querySelector("button").click());
for (const text of ["v0", "v012", ""]) {
  taken(`filter '${text}'`, () => { form.elements.text.value = text; drawAll(); });
}
taken("choose a dtype", () => { form.elements.dtype.value = "int8"; drawAll(); });
const place = document.createElement("pre");
place.id = "times";
place.textContent = JSON.stringify({ times, shown: form.querySelector("output").textContent });
document.body.append(place);
</script></body>"""


def make_page(folder: Path, variants: int) -> Path:
    """The page of a synthetic run, with the probe in it."""
    rng = np.random.default_rng(1)
    methods = ("magnitude", "neuron", "l1", "random")
    synthetic.VARIANTS.update({
        f"v{number:04d}": (methods[number % 4], 0.8, int(rng.integers(0, 8)),
                           int(rng.integers(8_000, 24_000)), 2_530, int(rng.integers(3_000, 5_200)))
        for number in range(1, variants)
    })  # fmt: skip
    names = ["original", *(name for name in synthetic.VARIANTS if name.startswith("v"))]
    made = synthetic.make_run(folder / "results.sqlite", samples=30, variants=names)
    start = time.perf_counter()
    page = write_report(made.store, made.run_id, folder / "reports") / "index.html"
    seconds = time.perf_counter() - start
    typer.echo(
        f"{4 * len(names):,} rows: written in {seconds:.1f} s, {page.stat().st_size / 1e6:.1f} MB"
    )
    html = page.read_text(encoding="utf-8")
    page.write_text(html.replace("</body>", PROBE % REPEATS), encoding="utf-8")
    return page


def main() -> None:
    """Write, open, print the medians."""
    browser = shutil.which("chromium") or sys.exit("Chromium is needed: apt-get install chromium")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        page = make_page(folder, int(sys.argv[1]) if len(sys.argv) > 1 else 1250)
        command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--window-size=1280,900"]
        command += [
            "--host-resolver-rules=MAP * ~NOTFOUND",
            f"--user-data-dir={folder / 'profile'}",
        ]
        start = time.perf_counter()
        done = subprocess.run(
            [*command, "--dump-dom", page.as_uri()], capture_output=True, text=True, check=True
        )
        typer.echo(f"Chromium opened, ran and printed it in {time.perf_counter() - start:.1f} s")
    found = re.search(r'<pre id="times">(.*?)</pre>', done.stdout, flags=re.S)
    if found is None:
        sys.exit("the page did not answer")
    measured = json.loads(unescape(found[1]))
    for what, values in measured["times"].items():
        typer.echo(f"{what:18} median {np.median(values):6.1f} ms, most {max(values):6.1f} ms")
    typer.echo(measured["shown"])


if __name__ == "__main__":
    main()
