/* Kernels that move elements of any type, and reductions.
 *
 * Common contract
 *   Buffers    in RAM, belong to the caller, do not overlap; constants in flash (ENGINE_FLASH).
 *   Errors     none: codegen has checked all sizes. Infinities and NaN propagate as in C.
 *   Parameters structs in flash, without padding, in the order of their fields.
 */
#ifndef ENGINE_KERNELS_SHAPE_H
#define ENGINE_KERNELS_SHAPE_H

#include <stdint.h>

#include "engine_kernels_elementwise.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    int32_t input_offset, output_offset; /* of the first run, in bytes */
    int32_t run;                         /* bytes that are contiguous on both sides */
} engine_move_params;

/* Copies runs between two strided layouts. dims [ENGINE_RANK][3]: size, step of the input, step
 * of the output, in bytes, the innermost dimension last; steps may be negative. */
void engine_move(const engine_move_params *params, const void *input, const int32_t *dims,
                 void *output);

/* The same from a constant in flash. */
void engine_move_constant(const engine_move_params *params, const void *operand,
                          const int32_t *dims, void *output);

typedef struct {
    engine_move_params move;
    int32_t bytes;   /* of the output */
    int32_t item;    /* bytes of an element: 1, 2 or 4 */
    int32_t padding; /* the element that pads, little endian */
} engine_pad_params;

/* Fills the output with the padding, then moves the input into it. */
void engine_pad(const engine_pad_params *params, const void *input, const int32_t *dims,
                void *output);

typedef struct {
    int32_t outer; /* blocks of `size` slices in the input, of `count` slices in the output */
    int32_t count, size;
    int32_t bytes; /* of a slice */
} engine_gather_params;

/* Picks slices: output[o][i] = input[o][indexes[i]]. Indexes are in flash, or computed
 * (engine_gather_at, which takes those outside 0..size-1 for the nearest one); engine_lookup picks
 * from a constant. */
void engine_gather(const engine_gather_params *params, const void *input, const int32_t *indexes,
                   void *output);
void engine_gather_at(const engine_gather_params *params, const void *input, const int32_t *indexes,
                      void *output);
void engine_lookup(const engine_gather_params *params, const int32_t *indexes, const void *operand,
                   void *output);

/* Images [in_h][in_w][channels] to [out_h][out_w][channels]. rows [out_h] and columns [out_w] tell
 * which input row and column is taken. */
typedef struct {
    int16_t out_h, out_w, in_w;
    int16_t channels; /* engine_resize_nearest: bytes of a pixel */
} engine_resize_params;

void engine_resize_nearest(const engine_resize_params *params, const void *input,
                           const int16_t *rows, const int16_t *columns, void *output);

#define ENGINE_RESIZE_ONE 1024

/* The same between two rows [out_h][2] and columns [out_w][2]; the weights are the shares of the
 * second ones, of ENGINE_RESIZE_ONE in int8, where they may lie outside 0..ENGINE_RESIZE_ONE by
 * half of that. */
void engine_resize_bilinear_s8(const engine_resize_params *params, const int8_t *input,
                               const int16_t *rows, const int16_t *columns,
                               const int16_t *row_weights, const int16_t *column_weights,
                               int8_t *output);
void engine_resize_bilinear_f32(const engine_resize_params *params, const float *input,
                                const int16_t *rows, const int16_t *columns,
                                const float *row_weights, const float *column_weights,
                                float *output);

typedef struct {
    int32_t count;      /* outputs */
    int32_t reduced;    /* input elements of each output */
    int32_t multiplier; /* integer mean and sum: of the sum, see engine_kernels_s8.h */
    int32_t offset;     /* minus reduced times the input's zero point */
    int16_t shift, output_offset;
} engine_reduce_params;

/* Reductions; the int8 sum is a mean whose multiplier holds no division. dims [2 * ENGINE_RANK][2]:
 * size and step in elements of the kept dimensions, then of the reduced ones. Sums run in the order
 * of the input. */
void engine_mean_s8(const engine_reduce_params *params, const int8_t *input, const int32_t *dims,
                    int8_t *output);
void engine_mean_s16(const engine_reduce_params *params, const int16_t *input, const int32_t *dims,
                     int16_t *output);
void engine_reduce_max_s8(const engine_reduce_params *params, const int8_t *input,
                          const int32_t *dims, int8_t *output);
void engine_reduce_min_s8(const engine_reduce_params *params, const int8_t *input,
                          const int32_t *dims, int8_t *output);
void engine_mean_f32(const engine_reduce_params *params, const float *input, const int32_t *dims,
                     float *output);
void engine_sum_over_f32(const engine_reduce_params *params, const float *input,
                         const int32_t *dims, float *output);
void engine_reduce_prod_f32(const engine_reduce_params *params, const float *input,
                            const int32_t *dims, float *output);
void engine_reduce_max_f32(const engine_reduce_params *params, const float *input,
                           const int32_t *dims, float *output);
void engine_reduce_min_f32(const engine_reduce_params *params, const float *input,
                           const int32_t *dims, float *output);

#ifdef __cplusplus
}
#endif

#endif
