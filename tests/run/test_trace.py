"""Steps of a run with their times, as Perfetto reads them."""

import json
from pathlib import Path

import pytest

from harness.run.trace import Trace, traced


def test_spans_are_complete_events_of_named_tracks(tmp_path: Path) -> None:
    trace = Trace()
    with trace.span("samples", "qemu-m4"), trace.span("build", "host", "original int8"):
        pass
    trace.write(tmp_path / "trace.json")
    events = json.loads((tmp_path / "trace.json").read_text())["traceEvents"]
    names = {each["tid"]: each["args"]["name"] for each in events if each["ph"] == "M"}
    inner, outer = (each for each in events if each["ph"] == "X")
    assert (names[inner["tid"]], inner["name"], inner["args"]) == (
        "host",
        "build",
        {"about": "original int8"},
    )
    assert (names[outer["tid"]], outer["name"], outer["args"]) == ("qemu-m4", "samples", {})
    assert outer["ts"] <= inner["ts"]
    assert outer["ts"] + outer["dur"] >= inner["ts"] + inner["dur"]


def test_a_run_that_fails_leaves_its_trace(tmp_path: Path) -> None:
    path = tmp_path / "trace.json"
    gone = pytest.raises(OSError, match="gone")
    with gone, traced(path) as trace, trace.span("connect", "uno"):
        raise OSError("gone")
    assert [each["name"] for each in json.loads(path.read_text())["traceEvents"]] == [
        "thread_name",
        "connect",
    ]


def test_without_a_file_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with traced(None) as trace, trace.span("build", "uno"):
        pass
    assert [span.name for span in trace.spans] == ["build"]
    assert not list(tmp_path.iterdir())
