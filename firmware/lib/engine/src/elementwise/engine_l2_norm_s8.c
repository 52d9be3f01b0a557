#include "engine_flash.h"
#include "engine_kernels_state.h"
#include "core/engine_requantize.h"

#define HALF_SQRT_2 1518500250 /* sqrt(2) / 2 in Q0.31 */
#define ONE_Q3 ((int32_t)1 << 28)
#define OUTPUT_BITS 7 /* the output's scale is 1 / 128 */

/* x * 2^bits, saturated. */
static int32_t raised(int32_t x, int bits)
{
    const int32_t most = INT32_MAX >> bits;
    return x > most ? INT32_MAX : (x < -most - 1 ? INT32_MIN : x * ((int32_t)1 << bits));
}

/* 1 / sqrt(x) as multiplier and shift, for x > 0: Newton's method from 1 on x scaled to 1..4. */
static int32_t inverse_root(int32_t x, int *shift)
{
    if (x <= 1) {
        *shift = 0;
        return INT32_MAX;
    }
    *shift = -11;
    while (x >= ((int32_t)1 << 29)) {
        x /= 4;
        --*shift;
    }
    while (x < ((int32_t)1 << 27)) {
        x *= 4;
        ++*shift;
    }
    const int32_t half = engine_rounding_shift(x >> 1, 1);
    int32_t y = ONE_Q3;
    for (int i = 0; i < 5; i++) {
        const int32_t cube = raised(engine_high_mul(engine_high_mul(y, y), y), 6);
        const int32_t rise = engine_high_mul(ONE_Q3 + ONE_Q3 / 2, y);
        y = raised(rise - engine_high_mul(half, cube), 3);
    }
    y = engine_high_mul(y, HALF_SQRT_2);
    if (*shift > 0) {
        y *= (int32_t)1 << *shift;
        *shift = 0;
    }
    return y;
}

void engine_l2_norm_s8(const engine_l2_norm_params *params, const int8_t *input, int8_t *output)
{
    engine_l2_norm_params p;
    engine_flash_copy(&p, params, sizeof p);
    for (uint32_t row = 0; row < p.rows; row++) {
        int32_t sum = 0;
        for (uint32_t i = 0; i < p.depth; i++) {
            const int32_t x = input[i] + p.input_offset;
            sum += x * x;
        }
        int shift;
        const int32_t multiplier = inverse_root(sum, &shift);
        for (uint32_t i = 0; i < p.depth; i++) {
            const int32_t x = input[i] + p.input_offset;
            const int32_t q = engine_requantize(x, multiplier, shift + OUTPUT_BITS);
            output[i] = engine_clamp_s8(q, INT8_MIN, INT8_MAX);
        }
        input += p.depth;
        output += p.depth;
    }
}
