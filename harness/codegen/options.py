"""Attributes of operators: a class for each family, `Options` for kinds without attributes.

Strings are names of the TFLite schema: padding SAME or VALID, activation NONE, RELU, RELU6, ...
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Options:
    """Attributes of one operator."""


@dataclass(frozen=True, kw_only=True)
class FusedOptions(Options):
    """Activation of the output; SUB and MUL have no other attribute."""

    activation: str = "NONE"


@dataclass(frozen=True, kw_only=True)
class WindowOptions(FusedOptions):
    """Window that moves over an image; TRANSPOSE_CONV has no other attribute.

    `margins`: rows above and below and columns left and right of zeros that the file adds to the
    image by an operator of its own, see `passes.padding`; `padding` is that of the larger image.
    """

    padding: str = "VALID"
    stride_h: int = 1
    stride_w: int = 1
    margins: tuple[int, int, int, int] = (0, 0, 0, 0)

    @property
    def dilation(self) -> tuple[int, int]:
        """Distance of neighbouring taps in rows and columns."""
        return 1, 1


@dataclass(frozen=True, kw_only=True)
class ConvOptions(WindowOptions):
    """CONV_2D and DEPTHWISE_CONV_2D; `groups` of channels are those of `passes.groups`."""

    dilation_h: int = 1
    dilation_w: int = 1
    groups: int = 1

    @property
    def dilation(self) -> tuple[int, int]:
        """Distance of neighbouring taps in rows and columns."""
        return self.dilation_h, self.dilation_w


@dataclass(frozen=True, kw_only=True)
class Conv3dOptions(ConvOptions):
    """CONV_3D."""

    stride_d: int = 1
    dilation_d: int = 1


@dataclass(frozen=True, kw_only=True)
class PoolOptions(WindowOptions):
    """MAX_POOL_2D and AVERAGE_POOL_2D."""

    filter_h: int = 1
    filter_w: int = 1


@dataclass(frozen=True, kw_only=True)
class FullyConnectedOptions(FusedOptions):
    """FULLY_CONNECTED.

    `asymmetric`: inputs that are quantised at run time get a zero point.
    """

    keep_num_dims: bool = False
    shuffled_weights: bool = False
    asymmetric: bool = False


@dataclass(frozen=True, kw_only=True)
class QuantizeRowsOptions(Options):
    """QUANTIZE_ROWS, see `passes.hybrid`; `asymmetric` rows get a zero point."""

    asymmetric: bool


@dataclass(frozen=True, kw_only=True)
class AddOptions(FusedOptions):
    """ADD.

    `pot_scale`: int16 sums whose scales are powers of two are computed with shifts.
    """

    pot_scale: bool = True


@dataclass(frozen=True, kw_only=True)
class SoftmaxOptions(Options):
    """SOFTMAX of beta * x."""

    beta: float = 1.0


@dataclass(frozen=True, kw_only=True)
class LeakyReluOptions(Options):
    """LEAKY_RELU; `alpha` is the slope below 0."""

    alpha: float = 0.0


@dataclass(frozen=True, kw_only=True)
class GeluOptions(Options):
    """GELU; `approximate`: by a hyperbolic tangent."""

    approximate: bool = False


@dataclass(frozen=True, kw_only=True)
class PieceOptions(FusedOptions):
    """CONCATENATION, PACK, SPLIT, SPLIT_V and UNPACK along an axis.

    `begin` is the first index of a piece along that axis, see `passes.pieces`.
    """

    axis: int = 0
    begin: int = 0


@dataclass(frozen=True, kw_only=True)
class ReduceOptions(Options):
    """MEAN, SUM, REDUCE_PROD and other reductions; `keep_dims` leaves axes of size 1."""

    keep_dims: bool = False


@dataclass(frozen=True, kw_only=True)
class SqueezeOptions(Options):
    """SQUEEZE of these axes, of all axes of size 1 where there are none."""

    axes: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class GatherOptions(Options):
    """GATHER along an axis; the first `batch_dims` axes are common to values and indexes."""

    axis: int = 0
    batch_dims: int = 0


@dataclass(frozen=True, kw_only=True)
class BlockOptions(Options):
    """DEPTH_TO_SPACE and SPACE_TO_DEPTH of square blocks."""

    block: int = 1


@dataclass(frozen=True, kw_only=True)
class CumsumOptions(Options):
    """CUMSUM; `exclusive`: without the element itself, `reverse`: from the last one."""

    exclusive: bool = False
    reverse: bool = False


@dataclass(frozen=True, kw_only=True)
class MatmulOptions(Options):
    """BATCH_MATMUL; an operand may be given transposed."""

    adjoint_first: bool = False
    adjoint_second: bool = False


@dataclass(frozen=True, kw_only=True)
class MirrorPadOptions(Options):
    """MIRROR_PAD; `symmetric`: the outermost elements are repeated, too."""

    symmetric: bool = False


@dataclass(frozen=True, kw_only=True)
class StridedSliceOptions(Options):
    """STRIDED_SLICE; bit k of a mask concerns axis k."""

    begin_mask: int = 0
    end_mask: int = 0
    ellipsis_mask: int = 0
    new_axis_mask: int = 0
    shrink_axis_mask: int = 0


@dataclass(frozen=True, kw_only=True)
class ResizeOptions(Options):
    """RESIZE_BILINEAR and RESIZE_NEAREST_NEIGHBOR."""

    align_corners: bool = False
    half_pixel_centers: bool = False


@dataclass(frozen=True, kw_only=True)
class SvdfOptions(FusedOptions):
    """SVDF; `rank` is the number of filters of one unit."""

    rank: int = 1


@dataclass(frozen=True, kw_only=True)
class LstmOptions(FusedOptions):
    """LSTM and UNIDIRECTIONAL_SEQUENCE_LSTM; a clip of 0 means no limit.

    `diagonal`: recurrent weights are diagonal matrices. `basic`: LSTM's older form with 5
    inputs.
    """

    cell_clip: float = 0.0
    proj_clip: float = 0.0
    time_major: bool = False
    diagonal: bool = False
    basic: bool = False


@dataclass(frozen=True, kw_only=True)
class CallOnceOptions(Options):
    """CALL_ONCE of a subgraph, before the first call of the model."""

    subgraph: int


@dataclass(frozen=True, kw_only=True)
class VariableOptions(Options):
    """VAR_HANDLE; handles of equal `container` and `name` are of one variable."""

    container: str = ""
    name: str = ""
