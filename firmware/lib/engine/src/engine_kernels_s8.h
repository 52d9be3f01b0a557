/* int8 kernels, bit-exact with TensorFlow Lite's reference kernels.
 *
 * Common contract
 *   Layout     activations NHWC, one image, in RAM; constants in flash (ENGINE_FLASH).
 *   Quantities real = scale * (q - zero_point). An "offset" is added: input offsets are the
 *              negated zero point, output offsets the zero point.
 *   Rescaling  acc * multiplier * 2^(shift - 31): multiplier in Q31, not negative;
 *              -31 <= shift <= 30.
 *   Activation results are clamped to activation_min..activation_max, within -128..127.
 *   Buffers    belong to the caller, do not overlap unless the kernel says "in place", and need
 *              no alignment beyond their type's.
 *   Scratch    aligned to 4 bytes, free again after the call; its size is computed by
 *              harness/codegen/passes/scratch.py.
 *   Errors     none: codegen has checked sizes, ranges and that no int32 accumulator overflows.
 *   Parameters structs in flash, without padding, in the order of their fields.
 *   Blocks     weights of convolutions and fully connected layers, aligned to 4 bytes: filters in
 *              blocks of 4, the last of 2 where no more are left (filled up with filters of zeros).
 *              A block holds the runs (taps that are contiguous in the input: a row of the kernel,
 *              a pixel of it where dilation_w > 1, all inputs of a fully connected layer), a run
 *              groups of 4 taps (the last filled up with zeros), a group of all pairs of filters
 *              taps 0 and 2, then of all pairs taps 1 and 3: of either tap the two filters'. So
 *              SXTB16 takes one filter's taps out of a word, and with a rotation the other's.
 *   Packed     1 where, in blocks of 4, the second filter's weights of each pair are less by one
 *              where the first one's beside them are negative: two bytes are then one int16,
 *              first + 256 * second (harness/codegen/storage/packed.py). For cores with DSP only.
 */
#ifndef ENGINE_KERNELS_S8_H
#define ENGINE_KERNELS_S8_H

#include <stdint.h>

#include "engine_window.h"

#ifdef __cplusplus
extern "C" {
#endif

/* See "Blocks": filters of a block, and taps of a filter that lie together. */
#define ENGINE_BLOCK 4
#define ENGINE_GROUP 4

typedef struct {
    engine_window window;
    int16_t input_offset; /* -127..128; depthwise: 0 where it is folded into the bias */
    int16_t output_offset;
    int8_t activation_min, activation_max;
    int8_t packed;
    int8_t unused;
} engine_conv_s8_params;

/* 2-D convolution. weights in blocks of [out_c][kernel_h][kernel_w][in_c]; bias, multipliers,
 * shifts [out_c]. The bias has the input offset times the sum of the weights folded in. */
void engine_conv_s8(const engine_conv_s8_params *params, const int8_t *input, const int8_t *weights,
                    const int32_t *bias, const int32_t *multipliers, const int8_t *shifts,
                    void *scratch, int8_t *output);

/* The same where horizontal dilation is 1 and weights are in blocks of [out_c][1][all taps]: the
 * windows are put together as bytes, which pays where they are small and their rows no whole
 * groups. */
void engine_conv_joined_s8(const engine_conv_s8_params *params, const int8_t *input,
                           const int8_t *weights, const int32_t *bias, const int32_t *multipliers,
                           const int8_t *shifts, void *scratch, int8_t *output);

/* The same with weights as the TFLite file has them, [out_c][kernel_h][kernel_w][in_c], for cores
 * with vectors (core/engine_dot_mve.h). */
void engine_conv_plain_s8(const engine_conv_s8_params *params, const int8_t *input,
                          const int8_t *weights, const int32_t *bias, const int32_t *multipliers,
                          const int8_t *shifts, void *scratch, int8_t *output);

/* At most so many pixels of a pool, and ENGINE_POOL_TAPS stored taps of all their windows. */
#define ENGINE_POOL_PIXELS 4

typedef struct {
    engine_conv_s8_params conv; /* the activation is that of convolution and pool together */
    int16_t pool_h, pool_w;     /* size and stride; pixels that fill no pool are left out */
} engine_conv_max_pool_s8_params;

/* A convolution and the maximum of pools of its output: as rescaling keeps the order, only the
 * greatest sum is rescaled. Output [conv.window.out_h / pool_h][out_w / pool_w][out_c]. */
void engine_conv_max_pool_s8(const engine_conv_max_pool_s8_params *params, const int8_t *input,
                             const int8_t *weights, const int32_t *bias, const int32_t *multipliers,
                             const int8_t *shifts, void *scratch, int8_t *output);

/* The same with engine_conv_joined_s8(). */
void engine_conv_joined_max_pool_s8(const engine_conv_max_pool_s8_params *params,
                                    const int8_t *input, const int8_t *weights, const int32_t *bias,
                                    const int32_t *multipliers, const int8_t *shifts, void *scratch,
                                    int8_t *output);

/* The same with engine_conv_plain_s8(). */
void engine_conv_plain_max_pool_s8(const engine_conv_max_pool_s8_params *params,
                                   const int8_t *input, const int8_t *weights, const int32_t *bias,
                                   const int32_t *multipliers, const int8_t *shifts, void *scratch,
                                   int8_t *output);

/* Depthwise convolution: output channel c reads input channel c / (out_c / in_c).
 * weights [kernel_h][kernel_w][out_c]; bias, multipliers, shifts [out_c]. */
void engine_depthwise_s8(const engine_conv_s8_params *params, const int8_t *input,
                         const int8_t *weights, const int32_t *bias, const int32_t *multipliers,
                         const int8_t *shifts, int8_t *output);

/* The gradient of a convolution whose windows lead from the output back to the input: pads and
 * strides are that convolution's. weights [out_c][kernel_h][kernel_w][in_c]; bias, multipliers,
 * shifts [out_c]. */
void engine_transpose_conv_s8(const engine_conv_s8_params *params, const int8_t *input,
                              const int8_t *weights, const int32_t *bias,
                              const int32_t *multipliers, const int8_t *shifts, int8_t *output);

/* What engine_depthwise_3x3_s8() takes at a time: elements of a channel's plane, and sums. */
#define ENGINE_DEPTHWISE_PLANE 1024
#define ENGINE_DEPTHWISE_SUMS 256

/* engine_depthwise_s8() of 3x3 kernels, each on an input channel of its own: dilation 1, stride_w 1
 * or 2, out_w at most ENGINE_DEPTHWISE_SUMS, and three rows of the plane fit it: a row has
 * stride_w * (out_w, rounded up to an even number) + 2 elements. */
void engine_depthwise_3x3_s8(const engine_conv_s8_params *params, const int8_t *input,
                             const int8_t *weights, const int32_t *bias, const int32_t *multipliers,
                             const int8_t *shifts, void *scratch, int8_t *output);

typedef struct {
    uint16_t rows;    /* independent inputs, e.g. the pixels of a 1x1 convolution */
    uint16_t depth;   /* inputs of each row */
    uint16_t outputs; /* outputs of each row */
    int16_t output_offset;
    int16_t activation_min, activation_max;
    int32_t multiplier; /* one scale for all outputs; unused by the per-channel kernel */
    int8_t shift;
    int8_t packed;
    int16_t unused;
} engine_fc_s8_params;

/* Fully connected. input [rows][depth], weights in blocks of [outputs][depth], output
 * [rows][outputs];
 * bias [outputs] has the input offset times the sum of the weights folded in. */
void engine_fc_s8(const engine_fc_s8_params *params, const int8_t *input, const int8_t *weights,
                  const int32_t *bias, void *scratch, int8_t *output);

/* The same with multipliers and shifts [outputs]. */
void engine_fc_per_channel_s8(const engine_fc_s8_params *params, const int8_t *input,
                              const int8_t *weights, const int32_t *bias,
                              const int32_t *multipliers, const int8_t *shifts, void *scratch,
                              int8_t *output);

/* Taps that are summed at a time: weights of 127 * 2^7 * 2^9 fit the 24 bits that packing leaves.
 */
#define ENGINE_DIRECT_TAPS 512

/* Both without scratch, which would be large where depth is: inputs are read where they are. With
 * DSP the weights are packed. Not on AVR. */
void engine_fc_direct_s8(const engine_fc_s8_params *params, const int8_t *input,
                         const int8_t *weights, const int32_t *bias, int8_t *output);
void engine_fc_direct_per_channel_s8(const engine_fc_s8_params *params, const int8_t *input,
                                     const int8_t *weights, const int32_t *bias,
                                     const int32_t *multipliers, const int8_t *shifts,
                                     int8_t *output);

/* Both with weights as the TFLite file has them, [outputs][depth], for cores with vectors. */
void engine_fc_plain_s8(const engine_fc_s8_params *params, const int8_t *input,
                        const int8_t *weights, const int32_t *bias, int8_t *output);
void engine_fc_plain_per_channel_s8(const engine_fc_s8_params *params, const int8_t *input,
                                    const int8_t *weights, const int32_t *bias,
                                    const int32_t *multipliers, const int8_t *shifts,
                                    int8_t *output);

typedef struct {
    engine_window window; /* in_c == out_c, dilation 1, every window has a tap in the input */
    int16_t activation_min, activation_max;
} engine_pool_s8_params;

void engine_max_pool_s8(const engine_pool_s8_params *params, const int8_t *input, int8_t *output);

/* The mean of the taps inside the input, halves away from zero. */
void engine_average_pool_s8(const engine_pool_s8_params *params, const int8_t *input,
                            int8_t *output);

#define ENGINE_SOFTMAX_BITS 12 /* integer bits of a row's sum of exponentials */

typedef struct {
    uint16_t rows, depth; /* depth < 1 << ENGINE_SOFTMAX_BITS */
    uint16_t table_size;  /* 1..256 */
} engine_softmax_s8_params;

/* Softmax of each row, in place allowed. table [table_size]: exp in Q31 of an input d below the
 * row's maximum; differences beyond it count as nothing. Output scale 1/256, zero point -128. */
void engine_softmax_s8(const engine_softmax_s8_params *params, const int8_t *input,
                       const int32_t *table, int8_t *output);

/* Bits by which operands of a sum are scaled up, so that rounding them loses nothing. */
#define ENGINE_HEADROOM_S8 20

typedef struct {
    uint32_t count;
    int32_t multiplier, output_multiplier; /* of input2 and of the sum; shifts are not positive */
    int16_t offset1, offset2, output_offset;
    int16_t shift, output_shift;
    int8_t activation_min, activation_max;
} engine_add_s8_params;

/* Elementwise sum of count elements, in place of either input allowed. input1 has the greater
 * scale: relative to twice that it counts a half, exactly, and needs no multiplication. */
void engine_add_s8(const engine_add_s8_params *params, const int8_t *input1, const int8_t *input2,
                   int8_t *output);

typedef struct {
    uint32_t count;
    int32_t multiplier;
    int16_t shift;
    int16_t input_offset, output_offset;
    int16_t unused;
} engine_requantize_s8_params;

/* int8 to int8 of another scale or zero point, in place allowed. */
void engine_requantize_s8(const engine_requantize_s8_params *params, const int8_t *input,
                          int8_t *output);

typedef struct {
    uint32_t count;
    float scale; /* greater than 0 */
    int32_t zero_point;
} engine_affine_params;

/* float32 to int8: round(x / scale) + zero_point, halves away from zero, clamped; NaN gives -128.
 * In place allowed. */
void engine_quantize_f32_s8(const engine_affine_params *params, const float *input, int8_t *output);

/* int8 to float32. */
void engine_dequantize_s8_f32(const engine_affine_params *params, const int8_t *input,
                              float *output);

#ifdef __cplusplus
}
#endif

#endif
