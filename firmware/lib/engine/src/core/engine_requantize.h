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

#if defined(__AVR__)
#define ENGINE_PRODUCT(a, b, p0, p1, p2)                                                           \
    "mul %" a "[a], %" b "[b]\n\t"                                                                 \
    "add %" p0 ", r0\n\t"                                                                          \
    "adc %" p1 ", r1\n\t"                                                                          \
    "adc %" p2 ", %[zero]\n\t"
#define ENGINE_LESS(factor)                                                                        \
    "sub %A[top], %A[" factor "]\n\t"                                                              \
    "sbc %B[top], %B[" factor "]\n\t"                                                              \
    "sbc %C[top], %C[" factor "]\n\t"                                                              \
    "sbc %D[top], %D[" factor "]\n\t"
#endif

/* round(a * b / 2^31), halves up. Not both INT32_MIN. */
ENGINE_SHARED int32_t engine_high_mul(int32_t a, int32_t b)
{
#if defined(__AVR__)
    /* Byte by byte, the products of a column after those of the one before it. */
    uint32_t low = 0;
    uint32_t top = 0;
    __asm__(
        ENGINE_PRODUCT("A", "A", "A[low]", "B[low]", "C[low]") ENGINE_PRODUCT("A", "B", "B[low]",
                                                                              "C[low]", "D[low]")
            ENGINE_PRODUCT("B", "A", "B[low]", "C[low]",
                           "D[low]") ENGINE_PRODUCT("A", "C", "C[low]", "D[low]", "A[top]")
                ENGINE_PRODUCT("B", "B", "C[low]", "D[low]", "A[top]") ENGINE_PRODUCT(
                    "C", "A", "C[low]", "D[low]", "A[top]") ENGINE_PRODUCT("A", "D", "D[low]",
                                                                           "A[top]", "B[top]")
                    ENGINE_PRODUCT("B", "C", "D[low]", "A[top]", "B[top]") ENGINE_PRODUCT(
                        "C", "B", "D[low]", "A[top]", "B[top]") ENGINE_PRODUCT("D", "A", "D[low]",
                                                                               "A[top]", "B[top]")
                        ENGINE_PRODUCT("B", "D", "A[top]", "B[top]", "C[top]") ENGINE_PRODUCT(
                            "C", "C", "A[top]", "B[top]",
                            "C[top]") ENGINE_PRODUCT("D", "B", "A[top]", "B[top]", "C[top]")
                            ENGINE_PRODUCT("C", "D", "B[top]", "C[top]", "D[top]") ENGINE_PRODUCT(
                                "D", "C", "B[top]",
                                "C[top]",
                                "D[top]") "mul %D[a], %D[b]\n\t"
                                          "add %C[top], r0\n\t"
                                          "adc %D[top], r1\n\t"
                                          /* a negative factor was taken for 2^32 more than it is */
                                          "sbrs %D[a], 7\n\t"
                                          "rjmp 1f\n\t" ENGINE_LESS(
                                              "b") "1: sbrs %D[b], 7\n\t"
                                                   "rjmp 2f\n\t" ENGINE_LESS(
                                                       "a") "2: add %D[low], %[half]\n\t"
                                                            "adc %A[top], %[zero]\n\t"
                                                            "adc %B[top], %[zero]\n\t"
                                                            "adc %C[top], %[zero]\n\t"
                                                            "adc %D[top], %[zero]\n\t"
                                                            "lsl %D[low]\n\t"
                                                            "rol %A[top]\n\t"
                                                            "rol %B[top]\n\t"
                                                            "rol %C[top]\n\t"
                                                            "rol %D[top]\n\t"
                                                            "clr __zero_reg__\n\t"
        : [low] "+&r"(low), [top] "+&r"(top)
        : [a] "r"(a), [b] "r"(b), [zero] "r"((uint8_t)0), [half] "r"((uint8_t)0x40)
        : "r0");
    return (int32_t)top;
#elif defined(ENGINE_NARROW_MULTIPLY)
    const uint16_t ah = (uint16_t)((uint32_t)a >> 16);
    const uint16_t bh = (uint16_t)((uint32_t)b >> 16);
    const uint16_t al = (uint16_t)a;
    const uint16_t bl = (uint16_t)b;
    const uint32_t mid1 = (uint32_t)ah * bl;
    const uint32_t mid2 = (uint32_t)bh * al;
    const uint32_t low = (uint32_t)al * bl;
    const uint32_t mid = (uint32_t)(uint16_t)mid1 + (uint16_t)mid2 + (uint16_t)(low >> 16) + 0x4000;
    uint32_t top = (uint32_t)ah * bh + (mid1 >> 16) + (mid2 >> 16) + (mid >> 16);
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
    if (shift >= 0) {
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
