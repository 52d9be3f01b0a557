"""The smallest arena in which a model runs, found by trying on the device itself.

`arena_used_bytes()` does not say it. TFLM keeps what lives as long as the interpreter at the
arena's tail and the activations at its head, and reports their sum; but while AllocateTensors()
plans, it also needs temporary memory between the two, for the planner's table of buffers and for
what the kernels ask for while they prepare. Where that is more than the activations need
afterwards, an arena of the reported size fails. It is a lower bound all the same: both parts must
fit. What a size needs on top depends on pointers and alignment, so the device decides, not a
computer of other word length.
"""

from __future__ import annotations

from collections.abc import Callable


def smallest_arena(used: int, working: int, works: Callable[[int], bool]) -> int:
    """The least size in (used - 1, working] for which `works` is true, in bytes.

    `working` is known to work and `used` to be no more than needed; `works` is assumed to stay
    true above the least. Sizes near `used` are tried first, since most models need little more.
    """
    failing, step = used - 1, 1
    while failing + step < working:
        if works(failing + step):
            working = failing + step
            break
        failing, step = failing + step, 2 * step
    while working - failing > 1:
        middle = (failing + working) // 2
        if works(middle):
            working = middle
        else:
            failing = middle
    return working
