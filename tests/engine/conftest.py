from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine.device import build_objects


@pytest.fixture(scope="session")
def engine_objects(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The engine for this computer, with sanitizers."""
    return build_objects(tmp_path_factory.mktemp("engine"))
