/* The steps, their order and their rounding are those of gemmlowp's fixedpoint.h in int16: each
 * result differs from the function by a few LSB, and by the same ones as in TensorFlow Lite. */
#include "recurrent/engine_gates_s16.h"

#include "core/engine_requantize.h"

#define ONE_EIGHTH ((int32_t)1 << 12) /* Q0.15 */
#define ONE_THIRD 10923               /* Q0.15 */
#define EXP_MINUS_EIGHTH 28918        /* exp(-1/8) in Q0.15 */
#define ONE_Q2 ((int32_t)1 << 13)     /* Q2.13 */
#define NEWTON_START 23130            /* 48 / 17 in Q2.13, and -32 / 17: the best line */
#define NEWTON_SLOPE (-15420)

/* a * b / 2^15, halves up; not both INT16_MIN. */
static int32_t high_mul(int32_t a, int32_t b)
{
    return (a * b + ((int32_t)1 << 14)) >> 15;
}

/* exp(x) in Q0.15 of x <= 0 with `fraction` fractional bits, 8..14. */
static int32_t exp_of_negative(int16_t x, int fraction)
{
    /* exp(-2^k) in Q0.15 for k from -2 to 4 */
    static const int16_t steps[] = {25520, 19875, 12055, 4435, 600, 11, 0};
    if (x == 0) {
        return INT16_MAX;
    }
    if (x < -((int32_t)32 << fraction)) {
        return 0;
    }
    const int32_t quarter = (int32_t)1 << (fraction - 2);
    const int32_t below = (x & (quarter - 1)) - quarter; /* -1/4 up to 0 */
    /* a series around -1/8 */
    const int32_t d = below * ((int32_t)1 << (15 - fraction)) + ONE_EIGHTH;
    const int32_t d2 = high_mul(d, d);
    const int32_t d3 = high_mul(d2, d);
    const int32_t d4 = high_mul(d2, d2);
    const int32_t sum = high_mul(engine_rounding_shift(d4, 2) + d3, ONE_THIRD) + d2;
    const int32_t tail = high_mul(EXP_MINUS_EIGHTH, d + engine_rounding_shift(sum, 1));
    int32_t result = engine_saturate_s16(EXP_MINUS_EIGHTH + tail);
    const int32_t rest = below - x;
    for (int k = 0; k < 7; k++) {
        if ((rest >> (fraction - 2 + k)) & 1) {
            result = high_mul(result, steps[k]);
        }
    }
    return result;
}

/* 2 / (1 + x) in Q2.13 of x in Q0.15, 0..1: three steps of Newton's method. */
static int32_t twice_reciprocal(int32_t x)
{
    const int32_t half = (x + INT16_MAX + 1) >> 1;
    int32_t y = NEWTON_START + high_mul(half, NEWTON_SLOPE);
    for (int i = 0; i < 3; i++) {
        const int32_t error = ONE_Q2 - high_mul(half, y);
        y += engine_saturate_s16(high_mul(y, error) * 4);
    }
    return y;
}

int16_t engine_logistic_s16(int16_t x)
{
    if (x == 0) {
        return (int16_t)((int32_t)1 << 14);
    }
    const int16_t negative = (int16_t)(x > 0 ? -x : x);
    const int32_t above = engine_saturate_s16(2 * twice_reciprocal(exp_of_negative(negative, 12)));
    return (int16_t)(x > 0 ? above : INT16_MAX - above);
}

int16_t engine_tanh_s16(int16_t x, int integer_bits)
{
    if (x == 0) {
        return 0;
    }
    /* (1 - e) / (1 + e) with e = exp(-2 |x|): one integer bit more doubles it */
    const int16_t negative = (int16_t)(x > 0 ? -x : x);
    const int32_t y = twice_reciprocal(exp_of_negative(negative, 14 - integer_bits)) - ONE_Q2;
    const int16_t magnitude = engine_saturate_s16(y * 4);
    return (int16_t)(x > 0 ? magnitude : -magnitude);
}
