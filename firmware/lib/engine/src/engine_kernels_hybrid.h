/* float32 layers with int8 weights ("dynamic range"): the input is quantised when it is known.
 *
 * The contract of engine_kernels_f32.h holds, and results are those of TensorFlow Lite's hybrid
 * kernels, rounding included: the arithmetic after the quantisation is that of integers. What is
 * quantised together is the whole input of a convolution, and each row of a fully connected layer:
 *   symmetric    q = x / scale, -127..127, scale = max |x| / 127
 *   asymmetric   q = x / scale + offset, -128..127, the range widened to hold 0
 * scratch holds it: as many bytes as there are inputs, or inputs in a row.
 */
#ifndef ENGINE_KERNELS_HYBRID_H
#define ENGINE_KERNELS_HYBRID_H

#include <stdint.h>

#include "engine_window.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    engine_window window;
    uint16_t asymmetric;
    uint16_t per_channel; /* scales [out_c] instead of one */
    float activation_min, activation_max;
} engine_window_hybrid_params;

/* 2-D convolution; weights [out_c][kernel_h][kernel_w][in_c], bias [out_c]. */
void engine_conv_hybrid(const engine_window_hybrid_params *params, const float *input,
                        const int8_t *weights, const float *scales, const float *bias,
                        void *scratch, float *output);

/* Depthwise convolution; weights [kernel_h][kernel_w][out_c], bias [out_c]. */
void engine_depthwise_hybrid(const engine_window_hybrid_params *params, const float *input,
                             const int8_t *weights, const float *scales, const float *bias,
                             void *scratch, float *output);

typedef struct {
    uint16_t rows, depth, outputs;
    uint8_t asymmetric, per_channel; /* scales [outputs] instead of one */
    float activation_min, activation_max;
} engine_fc_hybrid_params;

/* Fully connected; input [rows][depth], weights [outputs][depth], output [rows][outputs]. */
void engine_fc_hybrid(const engine_fc_hybrid_params *params, const float *input,
                      const int8_t *weights, const float *scales, const float *bias, void *scratch,
                      float *output);

#ifdef __cplusplus
}
#endif

#endif
