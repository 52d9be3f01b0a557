"""Dense int8 layers with their weights as the TFLite file stores them.

Cores with Helium (MVE) load 16 weights of one filter at once and do not need blocks. The kernels
are portable C on other cores (engine_plain_s8.c).
"""

from __future__ import annotations

from dataclasses import replace

from harness.codegen.calls import Call
from harness.codegen.constants import LayerConstants
from harness.codegen.cores import core_named
from harness.codegen.operands import Operands, data_of

_PLAIN = {
    "engine_conv_s8": "engine_conv_plain_s8",
    "engine_conv_joined_s8": "engine_conv_plain_s8",
    "engine_fc_s8": "engine_fc_plain_s8",
    "engine_fc_per_channel_s8": "engine_fc_plain_per_channel_s8",
    # engine_depthwise_3x3_s8 is for cores without vectors; the weights are the same
    "engine_depthwise_3x3_s8": "engine_depthwise_s8",
}


def for_vectors(op: Operands, call: Call, core: str) -> Call:
    """Return the call with the kernel for the core's vectors, where there is one."""
    kernel = _PLAIN.get(call.kernel)
    if kernel is None or not core_named(core).mve:
        return call
    if kernel == "engine_depthwise_s8":
        return replace(call, kernel=kernel)
    assert isinstance(call.constants, LayerConstants)
    plain = replace(call.constants, weights=data_of(op.constant(1)).reshape(-1))
    return replace(call, kernel=kernel, constants=plain)
