"""Run MLPerf Tiny's runner, as it is, on a board behind a pty: see docs/mlperf.md.

The runner looks for boards by USB ids, which a pty has none of. This starts its main.py in a
process where pyserial lists the pty under the ids given; no file of the runner is changed.

Usage: mlperf_runner.py RUNNER_FOLDER PORT VID:PID [the runner's own options]
"""

import runpy
import sys
from pathlib import Path


def main(folder: str, device: str, usb_id: str, *options: str) -> None:
    """Start the runner; needs the packages that the runner itself needs."""
    import serial.tools.list_ports
    import usb.core
    from serial.tools.list_ports_common import ListPortInfo

    port = ListPortInfo(device)
    port.vid, port.pid = (int(part, 16) for part in usb_id.split(":"))
    serial.tools.list_ports.comports = lambda include_links=False: [port]  # noqa: ARG005
    usb.core.find = lambda *args, **kwargs: []  # noqa: ARG005 (probes without a serial port)
    program = Path(folder) / "main.py"
    sys.path.insert(0, str(program.parent))
    sys.argv = [str(program), *options]
    runpy.run_path(str(program), run_name="__main__")


if __name__ == "__main__":
    if len(sys.argv) < 4 or ":" not in sys.argv[3]:
        sys.exit(__doc__)
    main(*sys.argv[1:])
