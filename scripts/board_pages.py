"""Write docs/boards/ from harness/boards/boards.toml: a page for every real board, and their list.

`.venv/bin/python scripts/board_pages.py`; a test checks that the committed pages are up to date.
"""

from __future__ import annotations

from pathlib import Path

from harness.boards.catalogue import ActiveCurrent, BoardFacts, TargetSpec, load_catalogue

PAGES = Path(__file__).resolve().parents[1] / "docs" / "boards"
MADE = "<!-- made by scripts/board_pages.py from harness/boards/boards.toml -->"
UPLOADS = {
    "avrdude": "avrdude, through the boot loader on the serial line",
    "bossac": "bossac, through the boot loader's own USB port",
    "dfu": "dfu-util, through the boot loader's USB DFU",
    "esptool": "esptool, through the boot loader in the chip's ROM",
    "nrfutil": "nrfutil, through the J-Link on the board",
    "picotool": "picotool or a copied UF2 file, through the boot loader in the chip's ROM",
    "ssh": "copied over SSH at every run, nothing stays on the board",
    "stlink": "OpenOCD, through the ST-LINK on the board",
    "teensy-loader": "teensy_loader_cli, through the HalfKay boot loader",
}
RESETS = {
    "dtr": "a falling edge of DTR",
    "esp": "RTS holds the chip in reset while DTR keeps GPIO0 high",
    "none": "none: a board that stays silent is flashed again, then power-cycled",
}
LINUX_RESET = "none is needed: every connection starts the program anew"
NOT_PLUGGED_IN = "No such board was plugged in where this was written."


def page(spec: TargetSpec, board: BoardFacts) -> str:
    """One board's page."""
    rows = "\n".join(f"| {key} | {value} |" for key, value in facts(spec, board).items())
    return f"""{MADE}
# {spec.title}

| `{spec.name}` | |
|---|---|
{rows}

```sh
cp plans/digits.toml plans/mine.toml # and put {spec.name} into its targets
.venv/bin/harness run plans/mine.toml --target {spec.name} --port {spec.name}={example(spec)}
```

runs the plan's cells for this board.
[Add a board](../add-a-board.md) says how ports are found, named and locked.

## What to know

{bullets(board.quirks)}

## What has been exercised

{NOT_PLUGGED_IN} What was exercised instead:

{bullets(board.exercised)}

## Sources

{bullets(tuple(f"<{source}>" for source in board.sources))}
"""


def facts(spec: TargetSpec, board: BoardFacts) -> dict[str, str]:
    """The rows of a board's table."""
    on_linux = spec.kind == "linux"
    touch = ", after the port was opened at 1200 baud" if board.touch else ""
    memory = {
        "flash for the image": f"{spec.flash_bytes:,} B",
        "RAM for the image": f"{spec.ram_bytes:,} B",
        "kept free for the stack": f"{spec.stack_reserve:,} B" if spec.stack_reserve else "",
        "PSRAM": f"{board.psram_bytes:,} B" if board.psram_bytes else "none used",
    }
    line = {
        "serial line": f"{spec.baud:,} baud",
        "USB ids": ", ".join(f"`{identity}`" for identity in spec.usb) or "none",
    }
    rows = {
        "MCU": board.mcu,
        "core": f"`{spec.core}`",
        "clock": f"{spec.clock_hz / 1e6:g} MHz" if spec.clock_hz else "as Linux sets it",
        **({} if on_linux else memory),
        "counter": board.counter,
        **({} if on_linux else line),
        "camera": camera(spec),
        "upload": UPLOADS[board.upload] + touch,
        "reset": LINUX_RESET if on_linux else RESETS[board.reset],
        "PlatformIO env": f"`{spec.env}`",
        "marker pin": "" if spec.marker_pin is None else f"{spec.marker_pin}",
        "datasheet's current": "" if spec.current is None else current(spec.current),
    }
    return {key: value for key, value in rows.items() if value}


def camera(spec: TargetSpec) -> str:
    """Sensor, frames and env of a board's camera; "" where the harness knows none."""
    if spec.camera is None:
        return ""
    frames = ", ".join(spec.camera.frames)
    return f"{spec.camera.sensor}, frames of {frames}, PlatformIO env `{spec.camera.env}`"


def current(active: ActiveCurrent) -> str:
    """Sources of the energy estimates."""
    conditions = f"{active.active_ma:g} mA at {active.supply_v:g} V, {active.at_hz / 1e6:g} MHz"
    return f"{conditions}: {active.source}"


def example(spec: TargetSpec) -> str:
    """A port as users name it."""
    if spec.kind == "linux":
        return "ssh://pi@raspberrypi"
    bridge = any(identity.startswith(("10C4", "1A86:7")) for identity in spec.usb)
    return "/dev/ttyUSB0" if bridge or not spec.usb else "/dev/ttyACM0"


def bullets(lines: tuple[str, ...]) -> str:
    """A Markdown list."""
    return "\n".join(f"- {line}" for line in lines)


def overview(boards: dict[str, TargetSpec]) -> str:
    """The list of all pages."""
    rows = "\n".join(
        f"| [`{spec.name}`]({spec.name}.md) | {spec.title} | `{spec.core}` | {spec.board.counter} |"
        for spec in boards.values()
        if spec.board is not None
    )
    return f"""{MADE}
# Boards

The real boards that the harness knows, from their public documentation. None of them was plugged in
where this was written: each page says what was exercised instead, and how.
[Add a board](../add-a-board.md) explains how to add one.

| target | board | core | counter |
|---|---|---|---|
{rows}
"""


def pages() -> dict[str, str]:
    """Every page's text by its file name."""
    boards = {name: spec for name, spec in load_catalogue().items() if spec.board is not None}
    made = {
        f"{name}.md": page(spec, spec.board)
        for name, spec in boards.items()
        if spec.board is not None
    }
    return made | {"README.md": overview(boards)}


def main() -> None:
    """Write what differs, remove what is no board's any more."""
    PAGES.mkdir(parents=True, exist_ok=True)
    wanted = pages()
    for stale in {path.name for path in PAGES.glob("*.md")} - wanted.keys():
        (PAGES / stale).unlink()
    for name, text in wanted.items():
        (PAGES / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
