/* Rescaling of int32 accumulators, rounded twice as gemmlowp does it. */
#ifndef ENGINE_REQUANTIZE_H
#define ENGINE_REQUANTIZE_H

#include <stdint.h>

#include "engine_core.h"

#if ENGINE_SHARES_ARITHMETIC /* engine_requantize_avr.c; contracts below */
int32_t engine_high_mul(int32_t a, int32_t b);
int32_t engine_rounding_shift(int32_t x, int shift);
int32_t engine_requantize(int32_t x, int32_t multiplier, int shift);
#else
/* engine_high_mul() by four 16x16->32 products. */
static inline int32_t engine_high_mul_narrow(int32_t a, int32_t b)
{
    const uint16_t ah = (uint16_t)((uint32_t)a >> 16);
    const uint16_t bh = (uint16_t)((uint32_t)b >> 16);
    const uint16_t al = (uint16_t)a;
    const uint16_t bl = (uint16_t)b;
    const uint32_t mid1 = (uint32_t)ah * bl;
    const uint32_t mid2 = (uint32_t)bh * al;
    const uint32_t low = (uint32_t)al * bl;
    const uint32_t mid = (uint32_t)(uint16_t)mid1 + (uint16_t)mid2 + (uint16_t)(low >> 16) + 0x4000;
    uint32_t top = (uint32_t)ah * bh + (mid1 >> 16) + (mid2 >> 16) + (mid >> 16);
    /* The products took a negative factor for 2^32 more than it is. */
    top -= a < 0 ? (uint32_t)b : 0;
    top -= b < 0 ? (uint32_t)a : 0;
    return (int32_t)((top << 1) | ((uint16_t)mid >= 0x8000 ? 1 : 0));
}

/* Return round(a * b / 2^31), halves up. a and b are not both INT32_MIN. */
static inline int32_t engine_high_mul(int32_t a, int32_t b)
{
    if (ENGINE_NARROW_MULTIPLY) {
        return engine_high_mul_narrow(a, b);
    }
    return (int32_t)(((int64_t)a * b + ((int64_t)1 << 30)) >> 31);
}

/* Return x / 2^shift, rounded, halves away from zero; shift 0..31. */
static inline int32_t engine_rounding_shift(int32_t x, int shift)
{
    const int32_t mask = (int32_t)(((uint32_t)1 << shift) - 1);
    const int32_t threshold = (mask >> 1) + (x < 0);
    return (x >> shift) + ((x & mask) > threshold);
}

/* Return x * multiplier * 2^(shift - 31); multiplier 0..2^31 - 1, shift -31..30. */
static inline int32_t engine_requantize(int32_t x, int32_t multiplier, int shift)
{
    if (shift >= 0) {
        return engine_high_mul((int32_t)((uint32_t)x << shift), multiplier);
    }
    return engine_rounding_shift(engine_high_mul(x, multiplier), -shift);
}
#endif

/* Return x within low..high, which lie within -128..127. */
static inline int8_t engine_clamp_s8(int32_t x, int32_t low, int32_t high)
{
    return (int8_t)(x < low ? low : (x > high ? high : x));
}

#endif
