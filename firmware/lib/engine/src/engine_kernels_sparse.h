/* Kernels of layers whose weights are mostly zero: only the others are stored and multiplied.
 *
 * The contracts of engine_kernels_s8.h and engine_kernels_f32.h hold, results included. The
 * kernels serve 2-D convolutions and, as windows of one row, fully connected layers.
 *
 * Storage
 *   A filter's taps are cut into `segments`: offsets [segments] tells where each begins, in input
 *   elements from the window's first. A segment spans at most 256 elements.
 *   heads: in turns
 *     constants  number of constant filters (those without weights), 0..255
 *     values     in int8: their outputs
 *     live       number of filters with weights that follow, 0..255; 0 ends the layer
 *     counts     for each of these and each segment the number of weights, 0..255
 *   taps: of each live filter and segment in order
 *     int8       weight and position in the segment, and two bytes of 0 where the count is odd:
 *                aligned to 4, so that two taps are one word
 *     float32    position in the segment
 *   bias, multipliers, shifts hold the live filters only. float32 weights have an array of their
 *   own, values of constant filters in between.
 */
#ifndef ENGINE_KERNELS_SPARSE_H
#define ENGINE_KERNELS_SPARSE_H

#include <stdint.h>

#include "engine_window.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    uint16_t live, segments; /* at least one segment */
} engine_sparse_filters;

/* Windows inside the input: that of output (oy, ox) begins at element oy * step_y + ox * step_x. */
typedef struct {
    int32_t step_y, step_x;
    uint16_t out_h, out_w, out_c;
    uint16_t unused;
} engine_sparse_grid;

/* Sums times multiplier * 2^(-shift - 32): 0 <= shift <= 30, multiplier >= 2^30, and no sum
 * reaches 2^30. */
typedef struct {
    uint16_t rescale_step; /* 1: multipliers and shifts [live]; 0: one for all */
    uint16_t clamps;       /* 0 where the activation's range is that of int8_t */
    int16_t offset;        /* twice the output's zero point, plus one */
    int16_t activation_min, activation_max;
} engine_sparse_output_s8;

typedef struct {
    engine_sparse_grid grid;
    engine_sparse_filters filters;
    engine_sparse_output_s8 output;
    uint16_t unused;
} engine_sparse_s8_params;

/* bias has the input offset times the sum of the filter's weights folded in. */
void engine_sparse_s8(const engine_sparse_s8_params *params, const int8_t *input,
                      const uint8_t *heads, const uint8_t *taps, const int32_t *offsets,
                      const int32_t *bias, const int32_t *multipliers, const int8_t *shifts,
                      int8_t *output);

#define ENGINE_SPARSE_TAPS 4

/* The same with weights in blocks: ENGINE_SPARSE_TAPS taps that are neighbours in the input, some
 * of them 0. The counts of heads are those of blocks; places [blocks] is where in the segment each
 * begins, 0..255, weights [blocks][ENGINE_SPARSE_TAPS], aligned to 4, its weights. bias has the
 * input offset folded in. */
void engine_sparse_blocks_s8(const engine_sparse_s8_params *params, const int8_t *input,
                             const uint8_t *heads, const uint8_t *places, const int8_t *weights,
                             const int32_t *offsets, const int32_t *bias,
                             const int32_t *multipliers, const int8_t *shifts, int8_t *output);

#define ENGINE_SPARSE_WINDOWS 4 /* of a pool */

typedef struct {
    engine_sparse_s8_params conv; /* conv.grid: that of the convolution */
    uint16_t pool_h, pool_w;      /* size and stride; ENGINE_SPARSE_WINDOWS pixels */
} engine_sparse_max_pool_s8_params;

/* The same and a max pool of it: the greatest sum alone is rescaled, which is bit-exact as
 * rescaling never falls. Rows and columns beyond the last whole pool are left out. */
void engine_sparse_max_pool_s8(const engine_sparse_max_pool_s8_params *params, const int8_t *input,
                               const uint8_t *heads, const uint8_t *taps, const int32_t *offsets,
                               const int32_t *bias, const int32_t *multipliers,
                               const int8_t *shifts, int8_t *output);

typedef struct {
    engine_window window;
    int16_t pad_value; /* the input's zero point, which stands for padding */
    engine_sparse_filters filters;
    engine_sparse_output_s8 output;
} engine_sparse_padded_s8_params;

/* The same where windows reach into the padding. No segment crosses rows of the window;
 * places [segments][2]: its row and its first element in that row, from the window's origin. */
void engine_sparse_padded_s8(const engine_sparse_padded_s8_params *params, const int8_t *input,
                             const uint8_t *heads, const uint8_t *taps, const int32_t *offsets,
                             const int32_t *places, const int32_t *bias, const int32_t *multipliers,
                             const int8_t *shifts, int8_t *output);

typedef struct {
    engine_sparse_grid grid;
    engine_sparse_filters filters;
    float activation_min, activation_max;
} engine_sparse_f32_params;

void engine_sparse_f32(const engine_sparse_f32_params *params, const float *input,
                       const uint8_t *heads, const uint8_t *taps, const int32_t *offsets,
                       const float *weights, const float *bias, float *output);

typedef struct {
    engine_sparse_f32_params conv; /* conv.grid: that of the convolution */
    uint16_t pool_h, pool_w;       /* size and stride; ENGINE_SPARSE_WINDOWS pixels */
} engine_sparse_max_pool_f32_params;

/* As engine_sparse_max_pool_s8(): exact, as neither the bias nor the clamp reverses an order. */
void engine_sparse_max_pool_f32(const engine_sparse_max_pool_f32_params *params, const float *input,
                                const uint8_t *heads, const uint8_t *taps, const int32_t *offsets,
                                const float *weights, const float *bias, float *output);

typedef struct {
    engine_window window;
    engine_sparse_filters filters;
    float activation_min, activation_max;
} engine_sparse_padded_f32_params;

void engine_sparse_padded_f32(const engine_sparse_padded_f32_params *params, const float *input,
                              const uint8_t *heads, const uint8_t *taps, const int32_t *offsets,
                              const int32_t *places, const float *weights, const float *bias,
                              float *output);

#ifdef __cplusplus
}
#endif

#endif
