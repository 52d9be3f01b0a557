"""Child processes that end with this one, together with everything that they start.

Each child leads a process group of its own. A small watcher, a shell that is started with the first
child, reads the groups from a pipe. When this process ends, however it does, the pipe ends too and
the watcher kills the groups that are left.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import IO

WATCHER = r"""
trap '' INT TERM HUP
groups=' '
while read -r sign group; do
    case $sign in
    +) groups="$groups$group " ;;
    -) groups="${groups%% $group *} ${groups#* $group }" ;;
    esac
done
for group in $groups; do kill -s KILL -- "-$group" 2>/dev/null; done
"""
Stream = int | IO[bytes] | IO[str] | None


class _Watcher:
    """The watcher's process, and the groups that `stop_runs` may end."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._runs: set[int] = set()
        self._process = subprocess.Popen(
            ["/bin/sh", "-c", WATCHER],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def watch(self, group: int) -> None:
        self._tell(f"+ {group}\n")

    def forget(self, group: int) -> None:
        self._tell(f"- {group}\n")

    def run_began(self, group: int) -> None:
        with self._lock:
            self._runs.add(group)

    def run_ended(self, group: int) -> None:
        with self._lock:
            self._runs.discard(group)

    def stop_runs(self) -> None:
        with self._lock:
            for group in self._runs:
                _kill(group)

    def _tell(self, line: str) -> None:
        assert self._process.stdin is not None
        with self._lock, suppress(BrokenPipeError):
            self._process.stdin.write(line.encode())
            self._process.stdin.flush()


@cache
def _watcher(owner: int) -> _Watcher:  # noqa: ARG001
    return _Watcher()


def watch(process: subprocess.Popen[bytes] | subprocess.Popen[str]) -> None:
    """Have the group of a process end with this process; it leads one (`start_new_session`)."""
    _watcher(os.getpid()).watch(process.pid)


def end(process: subprocess.Popen[bytes] | subprocess.Popen[str]) -> None:
    """Kill a watched process and its group, whatever they do, and wait for it."""
    _kill(process.pid)  # before the wait: its number may be another process' afterwards
    process.wait()
    _watcher(os.getpid()).forget(process.pid)


def run(
    command: Sequence[str],
    *,
    timeout_s: float,
    stdout: Stream = None,
    stderr: Stream = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> subprocess.CompletedProcess[bytes]:
    """Run a program without input to its end, as subprocess.run does.

    Raises subprocess.TimeoutExpired after `timeout_s` seconds. After any error nothing is left of
    what the program started.
    """
    watcher = _watcher(os.getpid())
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        env=env,
        cwd=cwd,
        start_new_session=True,
    )
    watcher.watch(process.pid)
    watcher.run_began(process.pid)
    try:
        out, errors = process.communicate(timeout=timeout_s)
    finally:
        watcher.run_ended(process.pid)
        end(process)
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()
    return subprocess.CompletedProcess(list(command), process.returncode, out, errors)


def stop_runs() -> None:
    """Kill what `run` has started in other threads: Ctrl-C does not reach their groups."""
    _watcher(os.getpid()).stop_runs()


def _kill(group: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)
