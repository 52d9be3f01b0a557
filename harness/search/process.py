"""The training process of a search: requests and answers as lines of JSON, answers cached."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from harness import children, errors
from harness.durable import read_sealed, write_sealed
from harness.errors import HarnessError, TrainingError
from harness.plan.plan import Plan
from harness.variants.cache import VariantCache
from harness.variants.pool import ENVIRONMENT

CODE = ("worker.py",)


class TrialProcess:
    """Answers from the cache where they are there; else a process is started and asked.

    The base model of the plan has to be in the cache. `on_progress` takes the process' words.
    """

    def __init__(self, plan: Plan, root: Path, on_progress: Callable[[str], None]) -> None:
        cache = VariantCache(root, plan)
        code = b"".join(Path(__file__).with_name(name).read_bytes() for name in CODE)
        self._about = [cache.base_model().name, hashlib.sha256(code).hexdigest()]
        self._folder = root / "search"
        self._log = cache.log(0, "search")
        self._plan, self._root, self._tell = plan, root, on_progress
        self._process: subprocess.Popen[str] | None = None

    def ask(self, request: dict[str, Any]) -> tuple[dict[str, Any], bool]:
        """Return the answer, and whether it came from the cache. Raises the process' error."""
        text = json.dumps([self._about, request], sort_keys=True)
        path = self._folder / f"{hashlib.sha256(text.encode()).hexdigest()[:32]}.json"
        kept = read_sealed(path)
        if kept is not None:
            found: dict[str, Any] = json.loads(kept)
            return found, True
        answer = self._asked(request)
        self._folder.mkdir(parents=True, exist_ok=True)
        write_sealed(path, json.dumps(answer).encode())
        return answer, False

    def stop(self) -> None:
        """End the process, if there is one."""
        if self._process is not None:
            children.end(self._process)
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    pipe.close()
            self._process = None

    def _asked(self, request: dict[str, Any]) -> dict[str, Any]:
        process = self._process or self._started()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(json.dumps(request) + "\n")
            process.stdin.flush()
        except BrokenPipeError:
            pass  # it has died: the reading below says how
        for line in process.stdout:
            message = json.loads(line)
            if "progress" in message:
                self._tell(message["progress"])
            elif "error" in message:
                raise _typed(message["error"], self._log)
            else:
                answer: dict[str, Any] = message["done"]
                return answer
        raise TrainingError(
            f"the training process ended with exit code {process.wait()}",
            where=self._plan.model.source,
            hint=f"log: {self._log}",
        )

    def _started(self) -> subprocess.Popen[str]:
        self._log.parent.mkdir(parents=True, exist_ok=True)
        path = os.pathsep.join(part for part in sys.path if part)
        with self._log.open("w", encoding="utf-8") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "harness.search.worker", str(self._root)],
                env=os.environ | ENVIRONMENT | {"PYTHONPATH": path},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=output,
                text=True,
                start_new_session=True,
            )
        children.watch(process)
        self._process = process
        assert process.stdin is not None
        process.stdin.write(self._plan.model_dump_json(by_alias=True) + "\n")
        process.stdin.flush()
        return process


def _typed(failure: dict[str, str], log: Path) -> HarnessError:
    kind = getattr(errors, failure["type"], TrainingError)
    error: HarnessError = kind(
        failure["what"], where=failure["where"], hint=failure["hint"] or f"log: {log}"
    )
    return error
