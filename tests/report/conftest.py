from pathlib import Path

import pytest

from tests.report.synthetic import Made, make_run


@pytest.fixture
def made(tmp_path: Path) -> Made:
    return make_run(tmp_path / "results.sqlite")
