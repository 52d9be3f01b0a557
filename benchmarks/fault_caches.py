"""Caches and stores damaged, processes killed: a campaign in a checkout of its own.

    python -m benchmarks.fault_caches --damages 200 --kills 200
    python -m benchmarks.fault_caches --damages 50 --kills 50 --minutes 20 --seed 3

A damage is right where the next run gives the figures of an undamaged one, or, for the results
store, where reading it is a typed error. A kill is right where `--resume` (or a new run, where
nothing was recorded yet) gives them, no process stays behind, and no file is left half written.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from benchmarks.fault_damage import DAMAGES
from benchmarks.fault_scene import WHOLE, Ended, Scene, Signature, signature
from harness.errors import HarnessError

CACHE, BUILDS = "models/cache", ".pio/harness"
# Files of each kind of cache; objects are used once the images are gone.
KINDS = {
    "reference": f"{CACHE}/reference/**/*",
    "image": f"{BUILDS}/images/*/*",
    "object": f"{BUILDS}/workspaces/*/build/**/*",
    "generated": f"{BUILDS}/workspaces/*/image/*",
    "commands": f"{BUILDS}/workspaces/*/commands.json",
    "variant": f"{CACHE}/variants/*/*",
    "store": "golden/results.sqlite",
}
SHARES, KILL_SHARES = (3, 3, 1, 1, 1, 1, 4), (4, 1, 2, 3)  # of KINDS and of VICTIMS
WITHOUT_IMAGES = ("object", "generated", "commands")
VICTIMS = {
    "orchestrator": WHOLE,
    "training": "harness.variants.worker",
    "PlatformIO": "pio run",
    "simulator": "qemu-system",
}
# What is removed before the run, so that the victim has work to do.
REMOVED = {
    "orchestrator": ("", f"{BUILDS}/images", f"{CACHE}/variants", f"{CACHE}/reference"),
    "training": (f"{CACHE}/variants",),
    "PlatformIO": (BUILDS,),
    "simulator": ("",),
}


# Seconds from the victim's first appearance within which it is killed; the orchestrator lives as
# long as the run.
LIVES_S = {"training": 15.0, "PlatformIO": 4.0, "simulator": 2.0}


class Campaign:
    """Damages and kills in one scene, counted by what came of them."""

    def __init__(self, scene: Scene, seed: int) -> None:
        self._scene = scene
        self._chance = random.Random(seed)
        self._golden: Signature = ()
        self._number = 0
        self._took_s: dict[str, float] = defaultdict(lambda: 10.0)  # a run, by what was removed
        self.outcomes: Counter[str] = Counter()
        self.failures: list[str] = []

    def begin(self) -> None:
        """Run undamaged twice, with and without caches: the figures of all later runs."""
        kept, found = self._scene.folder / "golden", []
        if kept.exists():
            found.append(signature(kept))
        for reports in [*([] if found else [kept]), self._reports()]:
            ended = self._scene.run(reports)
            if ended.code != 0:
                raise SystemExit(f"the undamaged run ended with {ended.code}:\n{ended.said}")
            found.append(signature(reports))
        if found[0] != found[1] or not found[0]:
            raise SystemExit("two undamaged runs differ")
        self._golden = found[0]

    def damage(self, kind: str) -> None:
        """Damage one file of a kind, then run or read."""
        files = [path for path in self._scene.folder.glob(KINDS[kind]) if _filled(path)]
        victim, name = self._chance.choice(sorted(files)), self._chance.choice(list(DAMAGES))
        words = f"damage {self._number}: {kind} {victim.name} {name}"
        if kind == "store":
            self._damage_store(victim, name, words)
            return
        DAMAGES[name](victim, files, self._chance)
        if kind in WITHOUT_IMAGES:
            shutil.rmtree(self._scene.folder / BUILDS / "images")
        reports = self._reports()
        self._judge(words, self._scene.run_here(reports), reports)

    def _damage_store(self, path: Path, name: str, words: str) -> None:
        """Damage a copy of the store; reading it gives the figures, or a typed error."""
        reports = self._reports()
        reports.mkdir()
        copy = Path(shutil.copy(path, reports / path.name))
        others = [each for each in (self._scene.plan, copy) if _filled(each)]
        DAMAGES[name](copy, others, self._chance)
        try:
            found = signature(reports)
        except HarnessError:
            self._count("typed error", words)
        except Exception as error:
            self._count(f"TRACEBACK {type(error).__name__}: {error}", words)
        else:
            self._count("right" if found == self._golden else "WRONG figures", words)

    def kill(self, victim: str) -> None:
        """Kill a process at a random moment, then resume."""
        words = f"kill {self._number}: {victim}"
        removed = self._chance.choice(REMOVED[victim])
        if removed:
            shutil.rmtree(self._scene.folder / removed, ignore_errors=True)
        reports = self._reports()
        process = self._scene.start(reports)
        delay = self._chance.uniform(0, LIVES_S.get(victim, self._took_s[removed]))
        begun = time.monotonic()
        killed = self._kill_one(process.pid, victim, delay)
        ended = self._scene.end(process, reports)
        if not killed:
            self._took_s[removed] = time.monotonic() - begun
        words += f" after {delay:.2f} s{'' if killed else ', which had ended'}"
        left = self._scene.orphans()
        if left:
            self._count(f"ORPHANS {left}", words)
            return
        if ended.code not in (0, 1, -signal.SIGKILL):
            self._count(f"ended with {ended.code}: {ended.said[-300:]}", words)
            return
        if ended.code != 0:
            again = self._scene.run(reports, "--resume")
            if again.code == 2 and "no unfinished run of this plan" in again.said:
                words += ", before anything was recorded"
                (reports / "said.txt").unlink()
                again = self._scene.run(reports)
            ended = again
        self._judge(words, ended, reports)

    def _kill_one(self, main: int, victim: str, delay: float) -> bool:
        """Kill a process of the victim's kind, `delay` after the first; False where all ended."""
        at: float | None = None
        while any(pid == main for pid, _ in self._scene.processes()):
            time.sleep(0.05)
            found = [pid for pid, words in self._scene.processes() if VICTIMS[victim] in words]
            if found and at is None:
                at = time.monotonic() + delay
            if found and at is not None and time.monotonic() >= at:
                with suppress(ProcessLookupError):
                    os.kill(self._chance.choice(found), signal.SIGKILL)
                    return True
        return False

    def _judge(self, words: str, ended: Ended, reports: Path) -> None:
        if ended.traceback:
            self._count(f"TRACEBACK {ended.said[-600:]}", words)
        elif ended.code is None:
            self._count("HANG", words)
        elif ended.code != 0:
            self._count(f"ended with {ended.code}: {ended.said[-300:]}", words)
        elif signature(reports) != self._golden:
            self._count("WRONG figures", words)
        elif self._scene.partials():
            self._count(f"LEFT {[path.name for path in self._scene.partials()]}", words)
        else:
            self._count("right", words)
        shutil.rmtree(reports, ignore_errors=True)

    def _count(self, outcome: str, words: str) -> None:
        self.outcomes[outcome if outcome in ("right", "typed error") else "failed"] += 1
        if outcome not in ("right", "typed error"):
            self.failures.append(f"{words}: {outcome}")
        sys.stdout.write(f"{words}: {outcome.splitlines()[0][:200]}\n")
        sys.stdout.flush()

    def _reports(self) -> Path:
        self._number += 1
        return self._scene.folder / f"reports-{os.getpid()}-{self._number}"


def _filled(path: Path) -> bool:
    return path.is_file() and path.suffix not in (".lock", ".log") and path.stat().st_size > 0


def _each(kinds: Mapping[str, object], shares: Sequence[int], count: int) -> list[str]:
    """Return `count` kinds in turn, each by its share."""
    turn = [kind for kind, share in zip(kinds, shares, strict=True) for _ in range(share)]
    return [turn[number % len(turn)] for number in range(count)]


def main(
    damages: Annotated[int, typer.Option(min=0)] = 200,
    kills: Annotated[int, typer.Option(min=0)] = 200,
    minutes: Annotated[float, typer.Option(help="Stop after so long, whatever is left.")] = 1e9,
    seed: int = 1,
    folder: Annotated[
        Path | None,
        typer.Option(help="Keep the checkout there, with its caches, for another time."),
    ] = None,
) -> None:
    """Damage first, then kill; exit code 1 where any outcome is neither right nor typed."""
    until = time.monotonic() + 60 * minutes
    with TemporaryDirectory(prefix="harness-faults-") as temporary:
        scene = Scene(folder or Path(temporary))
        if not scene.plan.exists():
            scene.prepare()
        campaign = Campaign(scene, seed)
        campaign.begin()
        damaged, killed = _each(KINDS, SHARES, damages), _each(VICTIMS, KILL_SHARES, kills)
        todo = {
            "damages": [(campaign.damage, kind) for kind in damaged],
            "kills": [(campaign.kill, victim) for victim in killed],
        }
        done: Counter[str] = Counter()
        while any(todo.values()) and time.monotonic() < until:
            name = next(each for each in todo if todo[each])
            act, kind = todo[name].pop(0)
            act(kind)
            done[name] += 1
        sys.stdout.write(f"{dict(done)}: {dict(campaign.outcomes)}\n")
        sys.stdout.write("".join(f"{failure}\n" for failure in campaign.failures))
    raise SystemExit(1 if campaign.failures else 0)


if __name__ == "__main__":
    typer.run(main)
