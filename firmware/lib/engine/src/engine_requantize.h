/* int32 accumulators to int8, rounded twice as gemmlowp does it. */
#ifndef ENGINE_REQUANTIZE_H
#define ENGINE_REQUANTIZE_H

#include <stdint.h>

/* Without a 32x32->64 multiply instruction four 16x16->32 products are cheaper than a 64-bit
 * library call. */
#if defined(__AVR__) && !defined(ENGINE_NARROW_MULTIPLY)
#define ENGINE_NARROW_MULTIPLY 1
#endif

/* round(a * b / 2^31), halves up. Not both INT32_MIN. */
static inline int32_t engine_high_mul(int32_t a, int32_t b)
{
#if defined(ENGINE_NARROW_MULTIPLY)
    const int16_t ah = (int16_t)(a >> 16);
    const int16_t bh = (int16_t)(b >> 16);
    const uint16_t al = (uint16_t)a;
    const uint16_t bl = (uint16_t)b;
    const uint32_t low = (uint32_t)al * (uint32_t)bl;
    const int32_t mid1 = (int32_t)ah * (int32_t)bl;
    const int32_t mid2 = (int32_t)bh * (int32_t)al;
    const int32_t high = (int32_t)ah * (int32_t)bh;
    const uint32_t mid = (uint32_t)(uint16_t)mid1 + (uint16_t)mid2 + (uint16_t)(low >> 16) + 0x4000;
    const uint32_t top =
        (uint32_t)high + (uint32_t)(mid1 >> 16) + (uint32_t)(mid2 >> 16) + (mid >> 16);
    return (int32_t)((top << 1) | ((mid >> 15) & 1));
#else
    return (int32_t)(((int64_t)a * b + ((int64_t)1 << 30)) >> 31);
#endif
}

/* x / 2^shift, halves away from zero; 0 <= shift <= 31. */
static inline int32_t engine_rounding_shift(int32_t x, int shift)
{
    const int32_t mask = (int32_t)(((uint32_t)1 << shift) - 1);
    const int32_t threshold = (mask >> 1) + (x < 0);
    return (x >> shift) + ((x & mask) > threshold);
}

/* x * multiplier * 2^(shift - 31); multiplier in Q31 and not negative, -31 <= shift <= 30. */
static inline int32_t engine_requantize(int32_t x, int32_t multiplier, int shift)
{
    if (shift > 0) {
        return engine_high_mul((int32_t)((uint32_t)x << shift), multiplier);
    }
    return engine_rounding_shift(engine_high_mul(x, multiplier), -shift);
}

static inline int8_t engine_clamp_s8(int32_t x, int32_t low, int32_t high)
{
    return (int8_t)(x < low ? low : (x > high ? high : x));
}

#endif
