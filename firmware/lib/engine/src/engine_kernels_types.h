/* Comparisons, choices between operands, changes of type, positions of extremes, running sums and
 * products of matrices. int8 is bit-exact with TensorFlow Lite's reference.
 *
 * Contract, broadcast and constants as in engine_kernels_elementwise.h. A bool is an int8_t of 0 or
 * 1.
 */
#ifndef ENGINE_KERNELS_TYPES_H
#define ENGINE_KERNELS_TYPES_H

#include <stdint.h>

#include "engine_kernels_elementwise.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Results where operand 1 is less, equal, greater, or where one of them is not a number. */
typedef struct {
    int16_t less, equal, greater, unordered;
} engine_comparison;

typedef struct {
    int32_t multiplier1, multiplier2; /* shifts are not positive */
    int16_t offset1, offset2;
    int16_t shift1, shift2;
    engine_comparison results;
    int16_t constant2, unused;
} engine_compare_s8_params;

typedef struct {
    engine_comparison results;
    int16_t constant2, unused;
} engine_compare_f32_params;

/* Comparisons with broadcast; int8 values are rescaled first. */
void engine_compare_s8(const engine_compare_s8_params *params, const int8_t *input1,
                       const int8_t *input2, const int32_t *dims, int8_t *output);
void engine_compare_f32(const engine_compare_f32_params *params, const float *input1,
                        const float *input2, const int32_t *dims, int8_t *output);

typedef struct {
    int16_t item;                 /* bytes of an element: 1, 2 or 4 */
    int16_t flip;                 /* 1: operand 1 where the condition is 0 */
    int16_t constant1, constant2; /* 1: the operand is in flash */
} engine_select_params;

/* An element of operand 1 where the condition is not 0, else of operand 2; with broadcast. dims
 * [ENGINE_RANK][4]: size, steps of the condition and of both operands, in elements. */
void engine_select(const engine_select_params *params, const int8_t *condition, const void *input1,
                   const void *input2, const int32_t *dims, void *output);

enum {
    ENGINE_TYPE_INT8,
    ENGINE_TYPE_INT16,
    ENGINE_TYPE_INT32,
    ENGINE_TYPE_FLOAT32,
    ENGINE_TYPE_BOOL,
    ENGINE_TYPE_UINT8,
};

typedef struct {
    uint32_t count;
    int16_t source, target;
} engine_cast_params;

/* Another type: floats are cut off towards 0 and saturate, integers lose their upper bits, all but
 * 0 is true. */
void engine_cast(const engine_cast_params *params, const void *input, void *output);

typedef struct {
    int32_t outer, size, inner; /* input [outer][size][inner] */
    int16_t reverse;            /* arg: the least element; cumsum: from the last one */
    int16_t exclusive;          /* cumsum: without the element itself */
} engine_axis_params;

/* Position of the greatest or least element of an axis, the first one of equals. */
void engine_arg_s8(const engine_axis_params *params, const int8_t *input, int32_t *output);
void engine_arg_f32(const engine_axis_params *params, const float *input, int32_t *output);

/* Running sum along an axis. */
void engine_cumsum_f32(const engine_axis_params *params, const float *input, float *output);
void engine_cumsum_i32(const engine_axis_params *params, const int32_t *input, int32_t *output);

typedef struct {
    int32_t rows, columns, depth;
    int32_t row1, step1;    /* in operand 1: from row to row, along the depth */
    int32_t column2, step2; /* in operand 2: from column to column, along the depth */
} engine_matmul_params;

typedef struct {
    engine_matmul_params matmul;
    int32_t multiplier;
    int16_t shift, offset1, offset2, output_offset;
} engine_matmul_s8_params;

/* Products of matrices [rows][depth] and [depth][columns] for each batch; dims as for broadcast:
 * number of batches and both operands' steps from batch to batch. */
void engine_matmul_s8(const engine_matmul_s8_params *params, const int8_t *input1,
                      const int8_t *input2, const int32_t *dims, int8_t *output);
void engine_matmul_f32(const engine_matmul_params *params, const float *input1, const float *input2,
                       const int32_t *dims, float *output);

typedef struct {
    uint16_t rows, depth;
    uint16_t table_size; /* entries of the table; further below the maximum it is 0 */
    int16_t shift;       /* of a difference in Q5.26 */
    int32_t multiplier;
    int32_t reverse_multiplier; /* back from Q5.26 to differences; reverse_shift is not negative */
    int16_t reverse_shift;
    int16_t unused;
} engine_log_softmax_s8_params;

/* x - max - log(sum of exp(x - max)) of each row, with output scale 1/16 and zero point 127. table:
 * exp(-difference) in Q12.19; in place allowed. */
void engine_log_softmax_s8(const engine_log_softmax_s8_params *params, const int8_t *input,
                           const int32_t *table, int8_t *output);

typedef struct {
    uint16_t rows, depth;
} engine_log_softmax_f32_params;

void engine_log_softmax_f32(const engine_log_softmax_f32_params *params, const float *input,
                            float *output);

#ifdef __cplusplus
}
#endif

#endif
