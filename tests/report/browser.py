"""A page in headless Chromium, without a network: run a script in it and take its answer."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path
from typing import Any

MARK = "probe-answer"
WATCH = """<script>
window.problems = [];
addEventListener("error", (event) => problems.push(String(event.message)));
addEventListener("unhandledrejection", (event) => problems.push(String(event.reason)));
addEventListener("securitypolicyviolation", (event) => problems.push(event.violatedDirective));
for (const level of ["error", "warn"]) console[level] = (...all) => problems.push(all.join(" "));
</script>"""
PROBE = """<script type="module">
const answer = await (async () => {{ {script} }})().catch((error) => ({{ failed: String(error) }}));
const place = document.createElement("pre");
place.id = "{mark}";
place.textContent = JSON.stringify({{ answer, problems }});
document.body.append(place);
</script>"""


def ask(page: Path, script: str, scratch: Path, *, width: int = 1200) -> tuple[Any, list[str]]:
    """What `script` (the body of an async function) returns in the page, and what went wrong."""
    html = page.read_text(encoding="utf-8")
    html = html.replace("<head>", f"<head>{WATCH}", 1)
    html = html.replace("</body>", PROBE.format(script=script, mark=MARK) + "</body>", 1)
    copy = scratch / "probed.html"
    copy.write_text(html, encoding="utf-8")
    names = ("chromium", "chromium-browser", "google-chrome")
    browser = next(filter(None, map(shutil.which, names)), None)
    assert browser, "Chromium is needed: apt-get install chromium"
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"]
    command += ["--disable-background-networking", "--host-resolver-rules=MAP * ~NOTFOUND"]
    command += ["--enable-logging=stderr", f"--window-size={width},900"]
    command += [f"--user-data-dir={scratch / 'profile'}", "--virtual-time-budget=20000"]
    done = subprocess.run(
        [*command, "--dump-dom", copy.as_uri()], capture_output=True, text=True, timeout=120
    )
    found = re.search(rf'<pre id="{MARK}">(.*?)</pre>', done.stdout, flags=re.S)
    assert found, done.stderr[-2000:]
    told = json.loads(unescape(found[1]))
    logged = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    return told["answer"], told["problems"] + logged
