/* The DSP extension of Armv7E-M and Armv8-M: two products of int16 at once, four int8 compared at
 * once. See engine_core.h. */
#ifndef ENGINE_CORE_DSP_H
#define ENGINE_CORE_DSP_H

#include <arm_acle.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "core/engine_bytes.h"

#define ENGINE_TAP_BYTES 2
#define ENGINE_PACKED 1
#define ENGINE_SATURATES 1
#define ENGINE_QUADS 1

#define engine_high_mul_twice engine_high_mul_twice
static inline int32_t engine_high_mul_twice(int32_t x, int32_t multiplier)
{
    const int32_t twice = (int32_t)((uint32_t)multiplier << 1);
    int32_t product;
    __asm__("smmlar %0, %1, %2, %1" : "=r"(product) : "r"(x), "r"(twice));
    return product;
}

static inline int32_t engine_half_s8(int32_t x)
{
    __asm__("ssat %0, #8, %1, asr #1" : "=r"(x) : "r"(x));
    return x;
}

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

/* Bytes 0 and 2, bytes 1 and 3. */
typedef struct {
    int16x2_t even, odd;
} engine_quad;

static inline engine_quad engine_quad_s16(const int16_t *x)
{
    uint32_t first, second;
    memcpy(&first, x, sizeof first);
    memcpy(&second, x + 2, sizeof second);
    return (engine_quad){(int16x2_t)((first & 0xffffu) | second << 16),
                         (int16x2_t)(first >> 16 | (second & 0xffff0000u))};
}

typedef int16x2_t engine_pair;
#define ENGINE_PAIR(value) ((int16x2_t)((uint16_t)(value)*0x00010001u))

static inline engine_quad engine_quad_s8_less(const int8_t *x, engine_pair zeros)
{
    const uint32_t word = engine_load_4(x);
    return (engine_quad){__ssub16(__sxtb16((int8x4_t)word), zeros),
                         __ssub16(engine_odd_bytes(word), zeros)};
}

static inline int32_t engine_dot_quad(int32_t sum, engine_quad x, const int8_t *weights)
{
    const uint32_t taps = engine_load_4(weights);
    sum = __smlad(x.even, __sxtb16((int8x4_t)taps), sum);
    return __smlad(x.odd, engine_odd_bytes(taps), sum);
}

#endif
