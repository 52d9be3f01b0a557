/* What the DSP extension of Armv7E-M and Armv8-M adds: two 16-bit multiplications at once. */
#ifndef ENGINE_DSP_H
#define ENGINE_DSP_H

#include "engine_core.h"

#if defined(ENGINE_DSP)
#include <arm_acle.h>
#include <stdint.h>

#include "engine_bytes.h"

/* Bytes 1 and 3 of x, sign-extended, as pairs of int16; the compiler does not fold the rotation. */
static inline int16x2_t engine_odd_bytes(uint32_t x)
{
    int16x2_t pair;
    __asm__("sxtb16 %0, %1, ror #8" : "=r"(pair) : "r"(x));
    return pair;
}

/* The same, added to a pair. */
static inline int16x2_t engine_add_odd_bytes(int16x2_t pair, uint32_t x)
{
    int16x2_t sum;
    __asm__("sxtab16 %0, %1, %2, ror #8" : "=r"(sum) : "r"(pair), "r"(x));
    return sum;
}

/* Of four int8 each the greater, and each the less. */
static inline uint32_t engine_max_4(uint32_t a, uint32_t b)
{
    __ssub8((int8x4_t)a, (int8x4_t)b);
    return (uint32_t)__sel((uint8x4_t)a, (uint8x4_t)b);
}

static inline uint32_t engine_min_4(uint32_t a, uint32_t b)
{
    __ssub8((int8x4_t)b, (int8x4_t)a);
    return (uint32_t)__sel((uint8x4_t)a, (uint8x4_t)b);
}

static inline uint32_t engine_clamp_4(uint32_t x, int32_t min, int32_t max)
{
    const uint32_t low = (uint8_t)min * 0x01010101u;
    const uint32_t high = (uint8_t)max * 0x01010101u;
    return engine_min_4(engine_max_4(x, low), high);
}
#endif

#endif
