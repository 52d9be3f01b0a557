"""Settings for all tests.

Hypothesis draws the same examples in every run, so that a change is judged by itself: TensorFlow
Lite's interpreter, the reference, aborts on rare networks. `HARNESS_FUZZ=1 make test` draws anew.
"""

import os
import signal
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from harness.plan.plan import parse_plan
from harness.training.trainer import start_tensorflow
from harness.variants.build import build_variants
from harness.variants.built import Built
from harness.variants.pool import ENVIRONMENT
from tests.report.synthetic import Made, make_run
from tests.trained_here import trained_here

TESTS = Path(__file__).parent
PLANS = TESTS.parent / "plans"
TRAINING = ("pruning", "training", "variants")  # folders of tests/

# A shell starts background jobs with SIGINT ignored, `nohup` with SIGHUP, and every child would
# inherit that: tests that interrupt a command would wait for ever.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)

# No test hangs on the speed of the machine it runs on.
settings.register_profile("harness", deadline=None, derandomize=True)
settings.register_profile("fuzz", deadline=None)
settings.load_profile("fuzz" if os.environ.get("HARNESS_FUZZ") else "harness")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start the folders that take longest first, so that both processes end at the same time."""
    items.sort(key=lambda item: not item.path.is_relative_to(TESTS / "hil"))
    items.sort(key=lambda item: item.path.parent.name not in TRAINING)


@pytest.fixture(scope="session")
def keras() -> Iterator[Any]:
    """tf_keras, set up as in a process that trains."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in ENVIRONMENT.items():
            patch.setenv(name, value)
        import tf_keras

        start_tensorflow(seed=1)
        yield tf_keras


@pytest.fixture(scope="session")
def structured(keras: Any, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The original and the chains of plans/structured.toml after a training of seconds."""
    data = tomllib.loads((PLANS / "structured.toml").read_text(encoding="utf-8"))
    data["model"] |= {"epochs": 6}
    data["variant"] = [data["variant"][0], *data["variant"][3:]]
    for variant in data["variant"]:
        for step in variant.get("steps", [variant]):
            if step["method"] != "none":
                step["epochs"] = 3
            if step["method"] == "magnitude":
                step["frequency"] = 5
    cache = tmp_path_factory.mktemp("structured")
    plan = parse_plan(data, "structured")
    with trained_here(keras):
        return build_variants(plan, cache_dir=cache, on_progress=lambda _: None)


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """A small synthetic run in a store of its own."""
    return make_run(tmp_path / "results.sqlite")
