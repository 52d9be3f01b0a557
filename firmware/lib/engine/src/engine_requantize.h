/* int32 accumulators to int8, rounded twice as gemmlowp does it. */
#ifndef ENGINE_REQUANTIZE_H
#define ENGINE_REQUANTIZE_H

#include <stdint.h>

/* Without a 32x32->64 multiply instruction four 16x16->32 products are cheaper than a 64-bit
 * library call. */
#if defined(__AVR__) && !defined(ENGINE_NARROW_MULTIPLY)
#define ENGINE_NARROW_MULTIPLY 1
#endif

/* On AVR, where flash is scarcest, kernels share one copy (engine_requantize.c). */
#if defined(__AVR__) && !defined(ENGINE_SHARED)
int32_t engine_high_mul(int32_t a, int32_t b);
int32_t engine_rounding_shift(int32_t x, int shift);
int32_t engine_requantize(int32_t x, int32_t multiplier, int shift);
#else
#if !defined(ENGINE_SHARED)
#define ENGINE_SHARED static inline
#endif

#if defined(ENGINE_NARROW_MULTIPLY)
static inline uint32_t engine_wide_product(uint16_t a, uint16_t b)
{
#if defined(__AVR__)
    /* Of its own accord the compiler calls the multiplication of two uint32_t. */
    uint32_t product;
    __asm__("mul %B1, %B2\n\t"
            "movw %C0, r0\n\t"
            "mul %A1, %A2\n\t"
            "movw %A0, r0\n\t"
            "mul %A1, %B2\n\t"
            "add %B0, r0\n\t"
            "adc %C0, r1\n\t"
            "clr r0\n\t"
            "adc %D0, r0\n\t"
            "mul %B1, %A2\n\t"
            "add %B0, r0\n\t"
            "adc %C0, r1\n\t"
            "clr __zero_reg__\n\t"
            "adc %D0, __zero_reg__\n\t"
            : "=&r"(product)
            : "r"(a), "r"(b)
            : "r0");
    return product;
#else
    return (uint32_t)a * b;
#endif
}
#endif

/* round(a * b / 2^31), halves up. Not both INT32_MIN. */
ENGINE_SHARED int32_t engine_high_mul(int32_t a, int32_t b)
{
#if defined(ENGINE_NARROW_MULTIPLY)
    const uint16_t ah = (uint16_t)((uint32_t)a >> 16);
    const uint16_t bh = (uint16_t)((uint32_t)b >> 16);
    const uint16_t al = (uint16_t)a;
    const uint16_t bl = (uint16_t)b;
    const uint32_t mid1 = engine_wide_product(ah, bl);
    const uint32_t mid2 = engine_wide_product(bh, al);
    const uint32_t low = engine_wide_product(al, bl);
    const uint32_t mid = (uint32_t)(uint16_t)mid1 + (uint16_t)mid2 + (uint16_t)(low >> 16) + 0x4000;
    uint32_t top = engine_wide_product(ah, bh) + (mid1 >> 16) + (mid2 >> 16) + (mid >> 16);
    /* A negative factor was taken for 2^32 more than it is. */
    top -= a < 0 ? (uint32_t)b : 0;
    top -= b < 0 ? (uint32_t)a : 0;
    return (int32_t)((top << 1) | ((uint16_t)mid >= 0x8000 ? 1 : 0));
#else
    return (int32_t)(((int64_t)a * b + ((int64_t)1 << 30)) >> 31);
#endif
}

/* x / 2^shift, halves away from zero; 0 <= shift <= 31. */
ENGINE_SHARED int32_t engine_rounding_shift(int32_t x, int shift)
{
#if defined(__AVR__)
    /* Shifts cost cycles a bit; those by whole bytes cost none. Halves below 0 are pushed under. */
    if (shift == 0) {
        return x;
    }
    x -= x < 0;
    for (shift--; shift >= 8; shift -= 8) {
        x >>= 8;
    }
    for (; shift > 0; shift--) {
        x >>= 1;
    }
    return (x + 1) >> 1;
#else
    const int32_t mask = (int32_t)(((uint32_t)1 << shift) - 1);
    const int32_t threshold = (mask >> 1) + (x < 0);
    return (x >> shift) + ((x & mask) > threshold);
#endif
}

/* x * multiplier * 2^(shift - 31); multiplier in Q31 and not negative, -31 <= shift <= 30. */
ENGINE_SHARED int32_t engine_requantize(int32_t x, int32_t multiplier, int shift)
{
    if (shift > 0) {
        return engine_high_mul((int32_t)((uint32_t)x << shift), multiplier);
    }
    return engine_rounding_shift(engine_high_mul(x, multiplier), -shift);
}

#endif

static inline int8_t engine_clamp_s8(int32_t x, int32_t low, int32_t high)
{
    return (int8_t)(x < low ? low : (x > high ? high : x));
}

#endif
