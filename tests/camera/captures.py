"""A capture as a device would give it, for tests that need none."""

from __future__ import annotations

from typing import Any

import numpy as np

from harness.camera.watched import Capture
from harness.measure.parity import Parity


def capture(number: int = 0, **changes: Any) -> Capture:
    """Frame 4 x 6 with rising pixels, input 2 x 3 x 1 int8, ten outputs of which 3 is greatest."""
    output = np.full(10, -128, np.int8)
    output[3] = 127
    fields: dict[str, Any] = {
        "number": number,
        "calls": number + 1,
        "frame": np.arange(24, dtype=np.uint8).reshape(4, 6) * 10,
        "input": np.arange(-128, 128, 43, dtype=np.int8).reshape(2, 3, 1),
        "output": output,
        "grab": 33_333.0,
        "prepare": 1_234.0,
        "invoke": 56_789.0,
        "input_same": True,
        "parity": Parity(1, 1.0, 0, None),
        "reference": output,
    }
    return Capture(**(fields | changes))
