/* Elementwise kernels of one and two operands, int8 bit-exact with TensorFlow Lite's reference.
 *
 * Common contract
 *   Layout     tensors row-major in RAM; constants in flash (ENGINE_FLASH).
 *   Broadcast  dims [ENGINE_RANK][3]: size, step of operand 1, step of operand 2, in elements, the
 *              innermost dimension last; the output is contiguous. A step is 0 along a dimension
 *              that is broadcast.
 *   Constant   operand 2 is in flash where constant2 is 1.
 *   Buffers    belong to the caller. The output may be an operand of the output's shape.
 *   Errors     none: codegen has checked sizes and ranges. Rescaling as in engine_kernels_s8.h.
 *   Parameters structs in flash, without padding, in the order of their fields.
 */
#ifndef ENGINE_KERNELS_ELEMENTWISE_H
#define ENGINE_KERNELS_ELEMENTWISE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ENGINE_RANK 5 /* dimensions after codegen has joined those that are contiguous */

typedef struct {
    uint32_t count;
} engine_lut_s8_params;

/* output[i] = table[input[i] + 128]; in place allowed. */
void engine_lut_s8(const engine_lut_s8_params *params, const int8_t *input, const int8_t *table,
                   int8_t *output);

typedef struct {
    uint32_t count;
    float alpha;                          /* slope of a leaky ReLU below 0 */
    float activation_min, activation_max; /* of a clamp */
} engine_unary_f32_params;

/* Functions of count elements; in place allowed. */
void engine_clamp_each_f32(const engine_unary_f32_params *params, const float *input,
                           float *output);
void engine_leaky_relu_f32(const engine_unary_f32_params *params, const float *input,
                           float *output);
void engine_logistic_f32(const engine_unary_f32_params *params, const float *input, float *output);
void engine_tanh_f32(const engine_unary_f32_params *params, const float *input, float *output);
void engine_hard_swish_f32(const engine_unary_f32_params *params, const float *input,
                           float *output);
void engine_elu_f32(const engine_unary_f32_params *params, const float *input, float *output);
void engine_gelu_f32(const engine_unary_f32_params *params, const float *input, float *output);
void engine_gelu_tanh_f32(const engine_unary_f32_params *params, const float *input, float *output);
void engine_abs_f32(const engine_unary_f32_params *params, const float *input, float *output);
void engine_sqrt_f32(const engine_unary_f32_params *params, const float *input, float *output);
void engine_rsqrt_f32(const engine_unary_f32_params *params, const float *input, float *output);
void engine_square_f32(const engine_unary_f32_params *params, const float *input, float *output);
void engine_neg_f32(const engine_unary_f32_params *params, const float *input, float *output);
void engine_exp_f32(const engine_unary_f32_params *params, const float *input, float *output);
void engine_log_f32(const engine_unary_f32_params *params, const float *input, float *output);
void engine_floor_f32(const engine_unary_f32_params *params, const float *input, float *output);
void engine_ceil_f32(const engine_unary_f32_params *params, const float *input, float *output);
void engine_round_f32(const engine_unary_f32_params *params, const float *input, float *output);
void engine_sign_f32(const engine_unary_f32_params *params, const float *input, float *output);
void engine_sin_f32(const engine_unary_f32_params *params, const float *input, float *output);
void engine_cos_f32(const engine_unary_f32_params *params, const float *input, float *output);

typedef struct {
    int32_t multiplier1, multiplier2, output_multiplier; /* shifts are not positive */
    int16_t offset1, offset2, output_offset;
    int16_t shift1, shift2, output_shift;
    int16_t activation_min, activation_max;
    int16_t sign1, sign2; /* 1 or -1: of the rescaled operands in the sum */
    int16_t constant2, unused;
} engine_sum_s8_params;

/* Sum or difference with broadcast. */
void engine_sum_s8(const engine_sum_s8_params *params, const int8_t *input1, const int8_t *input2,
                   const int32_t *dims, int8_t *output);

typedef struct {
    int32_t multiplier;
    int16_t shift; /* at most 15 */
    int16_t offset1, offset2, output_offset;
    int16_t activation_min, activation_max;
    int16_t constant2, unused;
} engine_mul_s8_params;

/* Product with broadcast. */
void engine_mul_s8(const engine_mul_s8_params *params, const int8_t *input1, const int8_t *input2,
                   const int32_t *dims, int8_t *output);

/* Quotient with broadcast; shift at most 22. A quotient by 0 is the limit on its sign's side. */
void engine_div_s8(const engine_mul_s8_params *params, const int8_t *input1, const int8_t *input2,
                   const int32_t *dims, int8_t *output);

typedef struct {
    int32_t multiplier1, multiplier2; /* of values from 0 up, and of those below times the slope */
    int16_t offset1, offset2, output_offset;
    int16_t shift1, shift2;
    int16_t constant2;
} engine_prelu_s8_params;

/* Operand 1 where it is not below 0, else times operand 2; with broadcast. */
void engine_prelu_s8(const engine_prelu_s8_params *params, const int8_t *input1,
                     const int8_t *input2, const int32_t *dims, int8_t *output);

typedef struct {
    int32_t multiplier1, multiplier2, output_multiplier; /* shifts are not positive */
    int16_t offset1, offset2, output_offset;
    int16_t shift1, shift2, output_shift;
    int16_t constant2, unused;
} engine_squared_difference_s8_params;

/* Squared difference with broadcast. */
void engine_squared_difference_s8(const engine_squared_difference_s8_params *params,
                                  const int8_t *input1, const int8_t *input2, const int32_t *dims,
                                  int8_t *output);

typedef struct {
    int32_t constant2;
} engine_extreme_s8_params;

/* Greater or lesser of two operands of one scale and zero point, with broadcast. */
void engine_maximum_s8(const engine_extreme_s8_params *params, const int8_t *input1,
                       const int8_t *input2, const int32_t *dims, int8_t *output);
void engine_minimum_s8(const engine_extreme_s8_params *params, const int8_t *input1,
                       const int8_t *input2, const int32_t *dims, int8_t *output);

typedef struct {
    uint32_t count;
} engine_flip_sign_params;

/* uint8 as the int8 that is 128 less, or back: the sign bit of each byte changes; in place allowed.
 */
void engine_flip_sign(const engine_flip_sign_params *params, const void *input, void *output);

typedef struct {
    int16_t sign1, sign2; /* 1 or -1: of the operands in a sum */
    int32_t constant2;
} engine_binary_i32_params;

/* Arithmetic of int32 with broadcast; results lose what is beyond 32 bits. */
void engine_sum_i32(const engine_binary_i32_params *params, const int32_t *input1,
                    const int32_t *input2, const int32_t *dims, int32_t *output);
void engine_mul_i32(const engine_binary_i32_params *params, const int32_t *input1,
                    const int32_t *input2, const int32_t *dims, int32_t *output);

typedef struct {
    float activation_min, activation_max;
    float sign1, sign2; /* 1 or -1: of the operands in a sum */
    int32_t constant2;
} engine_binary_f32_params;

/* Arithmetic with broadcast; only the sum reads the signs. `rdiv` and `rpow` divide operand 2 by
 * operand 1 and raise it to operand 1. */
void engine_sum_f32(const engine_binary_f32_params *params, const float *input1,
                    const float *input2, const int32_t *dims, float *output);
void engine_mul_f32(const engine_binary_f32_params *params, const float *input1,
                    const float *input2, const int32_t *dims, float *output);
void engine_maximum_f32(const engine_binary_f32_params *params, const float *input1,
                        const float *input2, const int32_t *dims, float *output);
void engine_minimum_f32(const engine_binary_f32_params *params, const float *input1,
                        const float *input2, const int32_t *dims, float *output);

void engine_div_f32(const engine_binary_f32_params *params, const float *input1,
                    const float *input2, const int32_t *dims, float *output);
void engine_rdiv_f32(const engine_binary_f32_params *params, const float *input1,
                     const float *input2, const int32_t *dims, float *output);
void engine_pow_f32(const engine_binary_f32_params *params, const float *input1,
                    const float *input2, const int32_t *dims, float *output);
void engine_rpow_f32(const engine_binary_f32_params *params, const float *input1,
                     const float *input2, const int32_t *dims, float *output);
void engine_floor_div_f32(const engine_binary_f32_params *params, const float *input1,
                          const float *input2, const int32_t *dims, float *output);
void engine_floor_mod_f32(const engine_binary_f32_params *params, const float *input1,
                          const float *input2, const int32_t *dims, float *output);
void engine_squared_difference_f32(const engine_binary_f32_params *params, const float *input1,
                                   const float *input2, const int32_t *dims, float *output);
void engine_prelu_f32(const engine_binary_f32_params *params, const float *input1,
                      const float *input2, const int32_t *dims, float *output);

#ifdef __cplusplus
}
#endif

#endif
