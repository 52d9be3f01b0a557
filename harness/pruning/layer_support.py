"""Pruning methods and dtypes of each layer of Keras: the records of docs/layers.md."""

from __future__ import annotations

from dataclasses import dataclass, replace

from harness.pruning.structured_layers import (
    EACH_CHANNEL,
    FOLLOWERS,
    MERGES,
    OVER_CHANNELS,
    UNIT_LAYERS,
)

ALL = ("float32", "dynamic", "int8", "int16x8")
NOT_INT16 = ALL[:3]


@dataclass(frozen=True)
class LayerSupport:
    """One layer: `magnitude` and `block` say whether these methods prune its kernels.

    The other methods for single weights prune every kernel, where there are `kernels`. `dtypes`:
    those in which codegen runs the converted layer; `note`: what else the file holds.
    """

    kind: str
    magnitude: bool = True
    block: bool = True
    dtypes: tuple[str, ...] = ALL
    note: str = ""
    kernels: bool = True

    @property
    def units(self) -> str:
        """The effect of `neuron` and `filter` on the layer."""
        if self.kind in UNIT_LAYERS:
            layer = UNIT_LAYERS[self.kind]
            return f"`{layer.method}`" + (", all gates of a unit" if layer.gates > 1 else "")
        if self.kind in (*FOLLOWERS, "BatchNormalization"):
            return "follows the layer before"
        if self.kind in OVER_CHANNELS:
            return "keeps the layer before whole: it normalises over the channels"
        return "left alone"


def _records() -> tuple[LayerSupport, ...]:
    conv = LayerSupport("Conv2D")
    depthwise = LayerSupport("DepthwiseConv2D", magnitude=False, block=False)
    separable = LayerSupport(
        "SeparableConv2D", note="`magnitude` and `block` prune the pointwise kernel alone"
    )
    transposed = LayerSupport("Conv2DTranspose", block=False, dtypes=NOT_INT16)
    recurrent = LayerSupport("GRU", dtypes=NOT_INT16, note="unrolled: one set of operators a step")
    lstm = LayerSupport(
        "LSTM", dtypes=NOT_INT16, note="int8: refused where no cell state exceeds 0.5"
    )
    attention = LayerSupport(
        "MultiHeadAttention",
        dtypes=NOT_INT16,
        note="`block` prunes the kernel of its output alone",
    )
    return (
        LayerSupport("Dense"),
        replace(conv, kind="Conv1D"),
        conv,
        replace(depthwise, kind="DepthwiseConv1D"),
        depthwise,
        replace(separable, kind="SeparableConv1D"),
        separable,
        replace(transposed, kind="Conv1DTranspose", magnitude=False),
        transposed,
        lstm,
        recurrent,
        replace(recurrent, kind="SimpleRNN"),
        LayerSupport(
            "Bidirectional", magnitude=False, dtypes=NOT_INT16, note="as the layer inside it"
        ),
        LayerSupport("TimeDistributed", magnitude=False, note="as the layer inside it"),
        LayerSupport(
            "Embedding", block=False, dtypes=NOT_INT16, note="its input is cast to whole numbers"
        ),
        attention,
        LayerSupport("LayerNormalization", dtypes=NOT_INT16, kernels=False),
        LayerSupport("BatchNormalization", note="folded into the layer before", kernels=False),
    )


LAYERS: tuple[LayerSupport, ...] = _records()
PASSING: tuple[str, ...] = tuple(sorted(EACH_CHANNEL | MERGES | {"Flatten"}))
