from __future__ import annotations

import pytest

from harness.codegen.calls import Unsupported
from harness.codegen.graph import Tensor
from harness.codegen.options import ConvOptions, PoolOptions
from harness.codegen.structs import Window
from harness.codegen.window import stored_runs, stored_taps, window_of


def tensor(*shape: int) -> Tensor:
    return Tensor(0, "t", "int8", shape, None, None)


def test_same_padding_puts_the_odd_tap_after() -> None:
    options = ConvOptions(padding="SAME", stride_h=2, stride_w=2)
    window = window_of(tensor(1, 8, 7, 3), tensor(1, 4, 4, 5), options, (3, 3), 5)
    assert (window.out_h, window.pad_top) == (4, 0)
    assert (window.out_w, window.pad_left) == (4, 1)
    assert window.padded
    assert (window.positions, window.outputs) == (16, 80)


def test_valid_padding_has_no_tap_outside() -> None:
    window = window_of(
        tensor(1, 9, 9, 1), tensor(1, 3, 3, 1), PoolOptions(stride_h=3, stride_w=3), (3, 3), 1
    )
    assert not window.padded
    assert not window.pointwise


def test_dilation_widens_the_window() -> None:
    options = ConvOptions(padding="SAME", dilation_h=3, dilation_w=1)
    window = window_of(tensor(1, 9, 9, 1), tensor(1, 9, 9, 1), options, (3, 1), 1)
    assert (window.pad_top, window.pad_left) == (3, 0)


@pytest.mark.parametrize(
    ("shape", "options", "reason"),
    [
        ((2, 8, 8, 1), ConvOptions(), "batch of 2"),
        ((1, 8, 8), ConvOptions(), "4 dimensions"),
        ((1, 8, 8, 1), ConvOptions(padding="padding 7"), "padding 7"),
        ((1, 8, 8, 1), ConvOptions(stride_h=0), "strides"),
        ((1, 2, 2, 1), ConvOptions(), "kernel extent of 3 on 2"),
        ((1, 8, 8, 40000), ConvOptions(), "above 32767"),
        ((1, 8, 8, 1), ConvOptions(dilation_h=20000, padding="SAME"), "coordinate"),
    ],
)
def test_impossible_windows_are_refused(
    shape: tuple[int, ...], options: ConvOptions, reason: str
) -> None:
    with pytest.raises(Unsupported, match=reason):
        window_of(tensor(*shape), tensor(1, 6, 6, 1), options, (3, 3), 1)


@pytest.mark.parametrize(
    ("kernel", "depth", "dilation", "runs", "taps"),
    [
        ((3, 3), 1, 1, (3, 3), 12),  # joined they would take 12, too
        ((3, 3), 3, 1, (1, 27), 28),
        ((5, 5), 1, 1, (1, 25), 28),
        ((3, 3), 3, 2, (9, 3), 36),  # taps of a row lie apart
        ((3, 3), 4, 1, (3, 12), 36),
        ((5, 5), 5, 1, (1, 125), 128),
        ((5, 5), 6, 1, (5, 30), 160),  # too many to be joined
    ],
)
def test_rows_of_small_windows_are_joined_where_less_is_filled_up(
    kernel: tuple[int, int], depth: int, dilation: int, runs: tuple[int, int], taps: int
) -> None:
    window = Window(
        in_h=30, in_w=30, in_c=depth, out_h=1, out_w=1, out_c=1,
        kernel_h=kernel[0], kernel_w=kernel[1], stride_h=1, stride_w=1,
        dilation_h=1, dilation_w=dilation, pad_top=0, pad_left=0,
    )  # fmt: skip
    assert stored_runs(window) == runs
    assert stored_taps(window) == taps
