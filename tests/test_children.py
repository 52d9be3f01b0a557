"""Children end with the harness, however it ends, and so does what they started."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from harness import children

# A child that starts a child of its own, as PlatformIO starts SCons and that the compiler.
TREE = ["sh", "-c", 'sleep 600 & echo "$$ $!"; wait']
OWNER = (
    "import subprocess, sys, time\n"
    "from harness import children\n"
    "tree = sys.argv[1:]\n"
    "process = subprocess.Popen(tree, start_new_session=True)\n"
    "children.watch(process)\n"
    "print('watched', flush=True)\n"
    "time.sleep(600)\n"
)
PATIENCE_S = 20.0


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def ended(*pids: int) -> bool:
    end = time.monotonic() + PATIENCE_S
    while any(alive(pid) for pid in pids):
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_grandchildren_end_with_the_harness(number: signal.Signals) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, *TREE], stdout=subprocess.PIPE, text=True
    )
    assert owner.stdout is not None
    said = [*owner.stdout.readline().split(), *owner.stdout.readline().split()]
    pids = [int(word) for word in said if word != "watched"]
    assert len(pids) == 2
    assert all(alive(pid) for pid in pids)
    owner.send_signal(number)
    owner.wait()
    owner.stdout.close()
    assert ended(*pids)


def test_a_run_gives_output_and_code() -> None:
    done = children.run(
        ["sh", "-c", "echo out; echo no >&2; exit 3"],
        timeout_s=PATIENCE_S,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert (done.stdout, done.stderr, done.returncode) == (b"out\n", b"no\n", 3)
    assert children.run(["sh", "-c", "kill -KILL $$"], timeout_s=PATIENCE_S).returncode == -9


def test_nothing_is_left_of_a_run_that_takes_too_long(tmp_path: Path) -> None:
    said = tmp_path / "pids"
    with said.open("wb") as output, pytest.raises(subprocess.TimeoutExpired):
        children.run(TREE, timeout_s=1.0, stdout=output)
    pids = [int(pid) for pid in said.read_text().split()]
    assert len(pids) == 2
    assert ended(*pids)


def test_what_a_finished_run_left_behind_is_ended() -> None:
    done = children.run(
        ["sh", "-c", "sleep 600 >/dev/null & echo $!"],
        timeout_s=PATIENCE_S,
        stdout=subprocess.PIPE,
    )
    assert ended(int(done.stdout))


def test_runs_of_other_threads_are_stopped() -> None:
    codes: list[int] = []
    thread = threading.Thread(
        target=lambda: codes.append(children.run(["sleep", "600"], timeout_s=600).returncode)
    )
    thread.start()
    end = time.monotonic() + PATIENCE_S
    while thread.is_alive() and time.monotonic() < end:
        children.stop_runs()
        time.sleep(0.01)
    thread.join(PATIENCE_S)
    assert codes == [-signal.SIGKILL]
