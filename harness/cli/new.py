"""The command that starts a project of the user's own."""

from __future__ import annotations

import re
from pathlib import Path
from string import Template
from typing import Annotated

import typer

from harness.cli.console import plain_console
from harness.errors import InputError

TEMPLATES = Path(__file__).with_name("templates")
SUFFIX = ".in"
FILES = {  # in the project -> its template
    "README.md": "README.md",
    "plan.toml": "plan.toml",
    "digits_model.py": "digits_model.py",
    ".github/workflows/on-device.yml": "on-device.yml",
    ".gitignore": "gitignore",
}
NO_NAME = re.compile(r"[^A-Za-z0-9_-]+")
LONGEST = 61


def new(
    folder: Annotated[Path, typer.Argument(help="The project's folder, which is made.")],
) -> None:
    """Start a project: a plan, a model, a CI workflow, a README; it runs at once."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError("this is there already", where=str(folder), hint="name a new folder")
    name = NO_NAME.sub("-", folder.resolve().name).strip("-")[:LONGEST] or "project"
    for file, template in FILES.items():
        text = (TEMPLATES / f"{template}{SUFFIX}").read_text(encoding="utf-8")
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(Template(text).substitute(name=name), encoding="utf-8")
    console = plain_console()
    console.print(f"{folder}: {', '.join(FILES)}")
    console.print(f"  cd {folder} && harness run plan.toml", soft_wrap=True)
