from __future__ import annotations

import numpy as np

from harness.codegen.lut_s16 import exp_table, reciprocal_table


def test_tables_go_from_end_to_end() -> None:
    exp, reciprocal = exp_table(), reciprocal_table()
    assert exp.shape == reciprocal.shape == (513,)
    assert (int(exp[0]), int(exp[-1])) == (2, 32767)
    assert (int(reciprocal[0]), int(reciprocal[-1])) == (32767, 16384)
    assert (np.diff(exp.astype(int)) >= 0).all()
    assert (np.diff(reciprocal.astype(int)) <= 0).all()
