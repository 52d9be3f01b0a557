/* int16 kernels: symmetric activations (zero point 0), int8 weights.
 *
 * Common contract
 *   Exactness  results equal those of TensorFlow Lite's reference kernels bit for bit.
 *   Layout     activations NHWC, one image, in RAM; constants in flash (ENGINE_FLASH).
 *   Rescaling  each output channel has a bias, a multiplier and a shift: 64-bit sums are multiplied
 *              by multiplier / 2^shift, rounded once; multiplier 0..32767, shift 8..46.
 *   Activation results are clamped to activation_min..activation_max.
 *   Buffers    belong to the caller, are aligned to 4 bytes and do not overlap unless the kernel
 *              says "in place".
 *   Errors     none: codegen has checked all sizes and that no sum overflows.
 */
#ifndef ENGINE_KERNELS_S16_H
#define ENGINE_KERNELS_S16_H

#include <stdint.h>

#include "engine_kernels_elementwise.h"
#include "engine_kernels_s8.h"
#include "engine_window.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    engine_window window;
    int16_t activation_min, activation_max;
} engine_window_s16_params;

/* 2-D convolution. weights [out_c][kernel_h][kernel_w][in_c]. */
void engine_conv_s16(const engine_window_s16_params *params, const int16_t *input,
                     const int8_t *weights, const int64_t *bias, const int16_t *multipliers,
                     const int8_t *shifts, int16_t *output);

/* Depthwise convolution: output channel c reads input channel c / (out_c / in_c).
 * weights [kernel_h][kernel_w][out_c]. */
void engine_depthwise_s16(const engine_window_s16_params *params, const int16_t *input,
                          const int8_t *weights, const int64_t *bias, const int16_t *multipliers,
                          const int8_t *shifts, int16_t *output);

typedef struct {
    uint16_t rows, depth, outputs;
    int16_t activation_min, activation_max;
} engine_fc_s16_params;

/* Fully connected. input [rows][depth], weights [outputs][depth], output [rows][outputs]. */
void engine_fc_s16(const engine_fc_s16_params *params, const int16_t *input, const int8_t *weights,
                   const int64_t *bias, const int16_t *multipliers, const int8_t *shifts,
                   int16_t *output);

/* Pools: in_c == out_c, dilation 1, every window has a tap in the input. */
void engine_max_pool_s16(const engine_window_s16_params *params, const int16_t *input,
                         int16_t *output);
void engine_average_pool_s16(const engine_window_s16_params *params, const int16_t *input,
                             int16_t *output);

#define ENGINE_LUT_S16 513

typedef struct {
    uint16_t rows, depth;
    int32_t multiplier;
    int16_t shift;
    int16_t unused;
} engine_softmax_s16_params;

/* Softmax of each row, output in Q0.15; in place allowed. multiplier and shift scale differences of
 * inputs so that 65535 stands for 10. Tables of ENGINE_LUT_S16 entries: exp(x) for x in -10..0 and
 * 1 / (1 + x) for x in 0..1, both over the whole range of int16 and in Q0.15. */
void engine_softmax_s16(const engine_softmax_s16_params *params, const int16_t *input,
                        const int16_t *exp, const int16_t *reciprocal, int16_t *output);

#define ENGINE_HEADROOM_S16 15 /* as ENGINE_HEADROOM_S8 */

typedef struct {
    uint32_t count;
    int32_t multiplier1, multiplier2, output_multiplier;
    int16_t shift1, shift2, output_shift;
    int16_t activation_min, activation_max;
    int16_t unused;
} engine_add_s16_params;

/* Elementwise sum of count elements, in place of either input allowed. All shifts are 0 or less. */
void engine_add_s16(const engine_add_s16_params *params, const int16_t *input1,
                    const int16_t *input2, int16_t *output);

typedef struct {
    uint32_t count;
    int32_t multiplier;
    int16_t shift;
    int16_t output_offset;
    int16_t activation_min, activation_max;
} engine_requantize_s16_params;

/* To another scale, in place allowed; the second to int8, whose own limits clamp it. */
void engine_requantize_s16(const engine_requantize_s16_params *params, const int16_t *input,
                           int16_t *output);
void engine_requantize_s16_s8(const engine_requantize_s16_params *params, const int16_t *input,
                              int8_t *output);

/* Sums, differences and products with broadcast, see engine_kernels_elementwise.h; offsets are 0.
 */
void engine_sum_s16(const engine_sum_s8_params *params, const int16_t *input1,
                    const int16_t *input2, const int32_t *dims, int16_t *output);
void engine_mul_s16(const engine_mul_s8_params *params, const int16_t *input1,
                    const int16_t *input2, const int32_t *dims, int16_t *output);

typedef struct {
    uint32_t count;
    int32_t multiplier1, multiplier2; /* of values from 0 up, and below */
    int16_t shift1, shift2;
} engine_leaky_relu_s16_params;

/* Values below 0 times a slope, in place allowed. */
void engine_leaky_relu_s16(const engine_leaky_relu_s16_params *params, const int16_t *input,
                           int16_t *output);

/* From and to float32; the first in place allowed. NaN becomes the least value. */
void engine_quantize_f32_s16(const engine_affine_params *params, const float *input,
                             int16_t *output);
void engine_dequantize_s16_f32(const engine_affine_params *params, const int16_t *input,
                               float *output);

#ifdef __cplusplus
}
#endif

#endif
