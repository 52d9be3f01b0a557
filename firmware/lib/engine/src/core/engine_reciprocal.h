/* A reciprocal in fixed point. */
#ifndef ENGINE_RECIPROCAL_H
#define ENGINE_RECIPROCAL_H

#include <stdint.h>

#include "engine_requantize.h"

/* Return the zero bits above the highest bit of x, which is not 0. */
static inline int engine_leading_zeros(uint32_t x)
{
    int zeros = 0;
    while ((x & 0x80000000u) == 0) {
        x <<= 1;
        zeros++;
    }
    return zeros;
}

/* 1 / (1 + x) of x in [0, 1), both Q0.31: three Newton-Raphson steps in Q2.29, as gemmlowp's
 * one_over_one_plus_x_for_x_in_0_1. */
static inline int32_t engine_reciprocal_of_one_plus(int32_t x)
{
    const int32_t half_denominator = (int32_t)(((uint32_t)x + (uint32_t)INT32_MAX + 1) >> 1);
    int32_t y = 1515870810 + engine_high_mul(half_denominator, -1010580540); /* 48/17, -32/17 */
    for (int step = 0; step < 3; step++) {
        const int32_t error = ((int32_t)1 << 29) - engine_high_mul(half_denominator, y);
        y += engine_high_mul(y, error) * 4;
    }
    return y > INT32_MAX / 2 ? INT32_MAX : y * 2;
}

#endif
