"""`harness search` and `--prefer`: what they refuse, and what they write."""

from __future__ import annotations

from pathlib import Path

from harness.codegen import compile_model
from tests.chosen_targets import CATALOGUE
from tests.cli.test_cli import ROOT, harness, refused

PLAN = ROOT / "plans" / "search.toml"
SPARSE = ROOT / "tests" / "data" / "digits_sparse_int8.tflite"


def test_search_refuses_targets_and_budgets_before_it_trains(tmp_path: Path) -> None:
    said = refused("search", PLAN, "--target", "qemu-m3", "--reports", tmp_path)
    assert "--target qemu-m3: not a target of this plan" in said
    full = "max_latency = 1\nmax_flash = 1\nmax_arena = 1\n"
    plan = tmp_path / "full.toml"
    text = PLAN.read_text(encoding="utf-8")
    plan.write_text(text.replace("[search]\n", f"[search]\n{full}"), encoding="utf-8")
    said = refused("search", plan, "--target", "qemu-m4", "--reports", tmp_path)
    assert "nothing is left to optimise" in said
    plan.write_text(text.replace("[search]\n", '[search]\nmax_latency = "5 ms"\n'), "utf-8")
    said = refused("search", plan, "--target", "qemu-m4", "--reports", tmp_path)
    assert "qemu-m4 counts instructions, which are no time" in said


def test_codegen_follows_the_preference(tmp_path: Path) -> None:
    core = CATALOGUE["qemu-m4"].core
    done = harness("codegen", SPARSE, "--out", tmp_path, "--core", core, "--prefer", "flash")
    assert done.returncode == 0, done.stderr
    header = (tmp_path / "model_digits_sparse_int8.h").read_text(encoding="utf-8")
    data = SPARSE.read_bytes()
    headers = {
        each: compile_model(data, "digits_sparse_int8", core=core, prefer=each).header
        for each in ("flash", "time")
    }
    assert header == headers["flash"] != headers["time"]
    assert "there is no preference 'fast'" in refused("inspect", SPARSE, "--prefer", "fast")
