/* Hybrid kernels: float32 activations, quantised row by row at run time, and int8 weights.
 *
 * Common contract
 *   Rows       a quantised row is `depth` int8 values, filled up to a multiple of four bytes, then
 *              its scale (float) and its zero point (int32_t): ENGINE_ROW_PITCH(depth) bytes.
 *   Layout     activations NHWC, one image, in RAM; weights, bias and scales in flash
 *              (ENGINE_FLASH). The scales of weights are one for each output channel where
 *              `per_channel` is 1, else one.
 *   Activation results are clamped to activation_min..activation_max.
 *   Sums       in int32_t, exact; codegen has checked that they fit. They become float, are scaled
 *              and added to the bias in the order of TensorFlow Lite's reference kernels.
 *   Buffers    belong to the caller, are aligned to 4 bytes and do not overlap unless the kernel
 *              says "in place".
 *   Errors     none: codegen has checked all sizes.
 */
#ifndef ENGINE_KERNELS_HYBRID_H
#define ENGINE_KERNELS_HYBRID_H

#include <stdint.h>

#include "engine_window.h"

#ifdef __cplusplus
extern "C" {
#endif

#define ENGINE_ROW_TAIL 8
#define ENGINE_ROW_PITCH(depth) ((((size_t)(depth) + 3) & ~(size_t)3) + ENGINE_ROW_TAIL)

typedef struct {
    uint32_t depth;
    uint16_t rows;
    uint16_t asymmetric;
} engine_rows_params;

/* Quantises rows of `depth` floats each. Symmetric: to -127..127, zero point 0. Asymmetric: to
 * -128..127, so that 0 is exact. In place where a row becomes no longer. NaN becomes the least
 * value; a row that holds one, or an infinity, has no defined scale. */
void engine_quantize_rows_f32(const engine_rows_params *params, const float *input, int8_t *output);

typedef struct {
    engine_window window;
    uint16_t per_channel;
    uint16_t unused;
    float activation_min, activation_max;
} engine_conv_hybrid_params;

/* 2-D convolution of one row that holds the image; dilation 1.
 * weights [out_c][kernel_h][kernel_w][in_c], bias [out_c]. */
void engine_conv_hybrid(const engine_conv_hybrid_params *params, const int8_t *input,
                        const int8_t *weights, const float *bias, const float *scales,
                        float *output);

/* Depthwise convolution of one row that holds the image: output channel c reads input channel
 * c / (out_c / in_c). weights [kernel_h][kernel_w][out_c], bias [out_c]. */
void engine_depthwise_hybrid(const engine_conv_hybrid_params *params, const int8_t *input,
                             const int8_t *weights, const float *bias, const float *scales,
                             float *output);

typedef struct {
    uint16_t rows, depth, outputs;
    uint16_t per_channel;
    float activation_min, activation_max;
} engine_fc_hybrid_params;

/* Fully connected. input `rows` quantised rows, weights [outputs][depth], bias [outputs],
 * output [rows][outputs]. */
void engine_fc_hybrid(const engine_fc_hybrid_params *params, const int8_t *input,
                      const int8_t *weights, const float *bias, const float *scales, float *output);

#ifdef __cplusplus
}
#endif

#endif
