/* float32 kernels: the sums run in the order of TensorFlow Lite's reference kernels.
 *
 * Common contract
 *   Layout     activations NHWC, one image, in RAM; constants in flash (ENGINE_FLASH).
 *   Activation results are clamped to activation_min..activation_max.
 *   Buffers    belong to the caller, do not overlap unless the kernel says "in place", and are
 *              aligned to 4 bytes.
 *   Errors     none: codegen has checked all sizes. Infinities and NaN propagate as in C.
 */
#ifndef ENGINE_KERNELS_F32_H
#define ENGINE_KERNELS_F32_H

#include <stdint.h>

#include "engine_window.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    engine_window window;
    float activation_min, activation_max;
} engine_window_f32_params;

/* 2-D convolution. weights [out_c][kernel_h][kernel_w][in_c], bias [out_c]. */
void engine_conv_f32(const engine_window_f32_params *params, const float *input,
                     const float *weights, const float *bias, float *output);

/* One axis of a convolution of volumes. */
typedef struct {
    int16_t size, out, kernel, stride, dilation, pad; /* pad: before the first element */
} engine_axis_3d;

typedef struct {
    engine_axis_3d planes, rows, columns;
    uint16_t in_c, out_c;
    float activation_min, activation_max;
} engine_conv_3d_f32_params;

/* 3-D convolution of [planes][rows][columns][in_c].
 * weights [out_c][planes][rows][columns][in_c] of the kernel, bias [out_c]. */
void engine_conv_3d_f32(const engine_conv_3d_f32_params *params, const float *input,
                        const float *weights, const float *bias, float *output);

/* Depthwise convolution: output channel c reads input channel c / (out_c / in_c).
 * weights [kernel_h][kernel_w][out_c], bias [out_c]. */
void engine_depthwise_f32(const engine_window_f32_params *params, const float *input,
                          const float *weights, const float *bias, float *output);

/* See engine_transpose_conv_s8(). */
void engine_transpose_conv_f32(const engine_window_f32_params *params, const float *input,
                               const float *weights, const float *bias, float *output);

/* Pools: in_c == out_c, dilation 1, every window has a tap in the input. */
void engine_max_pool_f32(const engine_window_f32_params *params, const float *input, float *output);
void engine_average_pool_f32(const engine_window_f32_params *params, const float *input,
                             float *output);

typedef struct {
    uint16_t rows, depth, outputs;
    uint16_t unused;
    float activation_min, activation_max;
} engine_fc_f32_params;

/* Fully connected. input [rows][depth], weights [outputs][depth], bias [outputs],
 * output [rows][outputs]. */
void engine_fc_f32(const engine_fc_f32_params *params, const float *input, const float *weights,
                   const float *bias, float *output);

typedef struct {
    uint16_t rows, depth;
    float beta;
} engine_softmax_f32_params;

/* Softmax of beta * x over each row, in place allowed. */
void engine_softmax_f32(const engine_softmax_f32_params *params, const float *input, float *output);

typedef struct {
    uint32_t count;
    float activation_min, activation_max;
} engine_add_f32_params;

/* Elementwise sum of count elements, in place of either input allowed. */
void engine_add_f32(const engine_add_f32_params *params, const float *input1, const float *input2,
                    float *output);

#ifdef __cplusplus
}
#endif

#endif
