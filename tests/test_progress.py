import io

import pytest
from rich.console import Console

from harness.execution import Event
from harness.progress import CellTable
from harness.store import CellKey


@pytest.mark.parametrize("terminal", [True, False])
def test_a_reason_with_brackets_is_shown_whole(terminal: bool) -> None:
    said = io.StringIO()
    table = CellTable(Console(file=said, force_terminal=terminal, width=160))
    key = CellKey("original", "int8", "codegen", "uno")
    with table.live():
        table.tell(Event(key, "failed", 0, 2, 'name its port: [ports] "uno" = "/dev/ttyACM0"'))
    assert 'name its port: [ports] "uno" = "/dev/ttyACM0"' in said.getvalue()
