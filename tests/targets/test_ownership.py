import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.errors import PortBusy
from harness.targets.ownership import owned, owner_of
from harness.targets.ports import Port

HERE = Port("/dev/ttyACM0", "2341:0043", "AB12", "1-1.4:1.0")
RENAMED = Port("/dev/ttyACM7", "2341:0043", "AB12", "1-1.4:1.0")
TWIN = Port("/dev/ttyACM1", "2341:0043", "AB12", "1-1.2:1.0")
HOLD = """
import sys, time
from pathlib import Path
from harness.targets.ownership import owned
from harness.targets.ports import Port
with owned(Port("/dev/ttyACM0", "2341:0043", "AB12", "1-1.4:1.0"), Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_board_keeps_its_owner_under_another_name(tmp_path: Path) -> None:
    with owned(HERE, tmp_path):
        with (
            pytest.raises(PortBusy, match=rf"/dev/ttyACM7: .*process {os.getpid()} of "),
            owned(RENAMED, tmp_path),
        ):
            pass
        assert owner_of(RENAMED, tmp_path).startswith(f"process {os.getpid()} of ")
        with owned(TWIN, tmp_path):
            assert owner_of(TWIN, tmp_path) != ""
    assert owner_of(HERE, tmp_path) == ""
    with owned(RENAMED, tmp_path):
        pass


def test_a_dead_owner_frees_the_board(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(PortBusy, match=f"process {other.pid} of "), owned(HERE, tmp_path):
            pass
        other.kill()
    with owned(HERE, tmp_path):
        assert owner_of(HERE, tmp_path).startswith(f"process {os.getpid()} of ")
