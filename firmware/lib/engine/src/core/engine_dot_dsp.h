/* The DSP extension of Armv7E-M and Armv8-M: one instruction multiplies two pairs of int16, or
 * compares four int8. See engine_dot.h.
 *
 * A group of taps is two pairs of int16: taps 0 and 2 and, after those of all pixels, taps 1 and 3.
 * SXTB16 takes the bytes of a word apart in this order. */
#ifndef ENGINE_DOT_DSP_H
#define ENGINE_DOT_DSP_H

#include <arm_acle.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "core/engine_blocks_s8.h"
#include "core/engine_bytes.h"
#include "engine_core.h"

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

#define engine_store_group engine_store_group
static inline engine_tap *engine_store_group(engine_tap *to, size_t step, uint32_t x)
{
    const int16x2_t even = __sxtb16((int8x4_t)x);
    const int16x2_t odd = engine_odd_bytes(x);
    memcpy(to, &even, sizeof even);
    memcpy(to + step / 2, &odd, sizeof odd);
    return to + step;
}

#define engine_dot_pair engine_dot_pair
static inline void engine_dot_pair(int32_t *sums, const engine_tap *x, size_t step,
                                   const int8_t *weights, size_t stride, size_t groups)
{
    for (groups *= 2; groups > 0; groups--) {
        int16x2_t taps;
        memcpy(&taps, x, sizeof taps);
        const uint32_t pair = engine_load_4(weights);
        sums[0] = __smlad(taps, __sxtb16((int8x4_t)pair), sums[0]);
        sums[1] = __smlad(taps, engine_odd_bytes(pair), sums[1]);
        x += step / 2;
        weights += stride / 2;
    }
}

/* The compiler would neither keep all in registers nor load words in pairs. Sums 0 and 2 are of one
 * filter, sums 1 and 3 of that one and 256 times the next. */
#define ENGINE_PAIR_1(sum0, sum1, x, word)                                                         \
    "smlad %[" sum1 "], %[" x "], %[" word "], %[" sum1 "]\n\t"                                    \
    "sxtb16 %[" word "], %[" word "]\n\t"                                                          \
    "smlad %[" sum0 "], %[" x "], %[" word "], %[" sum0 "]\n\t"
#define ENGINE_GROUP_1                                                                             \
    "ldmia %[w]!, {r4, r5, r6, r8}\n\t"                                                            \
    "ldrd %[even], %[odd], [%[x]], #8\n\t" ENGINE_PAIR_1("s0", "s1", "even", "a")                  \
        ENGINE_PAIR_1("s2", "s3", "even", "b") ENGINE_PAIR_1("s0", "s1", "odd", "c")               \
            ENGINE_PAIR_1("s2", "s3", "odd", "d")

static inline void engine_dot_packed_1(int32_t *sums, const engine_tap *x,
                                       const engine_tap *const *end, const int8_t *weights)
{
    size_t groups = (size_t)(*end - x) / ENGINE_GROUP;
    register uint32_t a __asm__("r4");
    register uint32_t b __asm__("r5");
    register uint32_t c __asm__("r6");
    register uint32_t d __asm__("r8");
    uint32_t even, odd;
    __asm__ volatile(
        "lsrs %[groups], #1\n\t"
        "bcc 1f\n\t"
        "add %[groups], #1\n\t"
        "b 2f\n\t"
        "1:\n\t" ENGINE_GROUP_1 "2:\n\t" ENGINE_GROUP_1 "subs %[groups], #1\n\t"
        "bne 1b\n\t"
        : [s0] "+r"(sums[0]), [s1] "+r"(sums[1]), [s2] "+r"(sums[2]), [s3] "+r"(sums[3]),
          [x] "+r"(x), [w] "+r"(weights), [groups] "+r"(groups), [a] "=&r"(a), [b] "=&r"(b),
          [c] "=&r"(c), [d] "=&r"(d), [even] "=&r"(even), [odd] "=&r"(odd)
        :
        : "cc", "memory");
}

#define ENGINE_PAIR_2(sum0, sum1, sum4, sum5, word)                                                \
    "smlad %[" sum1 "], %[x0], %[" word "], %[" sum1 "]\n\t"                                       \
    "smlad %[" sum5 "], %[x1], %[" word "], %[" sum5 "]\n\t"                                       \
    "sxtb16 %[" word "], %[" word "]\n\t"                                                          \
    "smlad %[" sum0 "], %[x0], %[" word "], %[" sum0 "]\n\t"                                       \
    "smlad %[" sum4 "], %[x1], %[" word "], %[" sum4 "]\n\t"
#define ENGINE_HALF_2                                                                              \
    "ldrd %[x0], %[x1], [%[x]], #8\n\t"                                                            \
    "ldrd %[a], %[b], [%[w]], #8\n\t" ENGINE_PAIR_2("s0", "s1", "s4", "s5", "a")                   \
        ENGINE_PAIR_2("s2", "s3", "s6", "s7", "b")
#define ENGINE_GROUP_2 ENGINE_HALF_2 ENGINE_HALF_2

/* Takes all registers there are: what is needed once a turn stays in memory. */
static inline void engine_dot_packed_2(int32_t *sums, const engine_tap *x,
                                       const engine_tap *const *end, const int8_t *weights)
{
    uint32_t x0, x1, a, b;
    __asm__ volatile(
        "ldr %[a], %[end]\n\t"
        "subs %[a], %[x]\n\t"
        "ands %[a], #48\n\t"
        "beq 1f\n\t"
        "cmp %[a], #32\n\t"
        "bhi 2f\n\t"
        "beq 3f\n\t"
        "b 4f\n\t"
        "1:\n\t" ENGINE_GROUP_2 "2:\n\t" ENGINE_GROUP_2 "3:\n\t" ENGINE_GROUP_2
        "4:\n\t" ENGINE_GROUP_2 "ldr %[a], %[end]\n\t"
        "cmp %[x], %[a]\n\t"
        "bne 1b\n\t"
        : [s0] "+r"(sums[0]), [s1] "+r"(sums[1]), [s2] "+r"(sums[2]), [s3] "+r"(sums[3]),
          [s4] "+r"(sums[4]), [s5] "+r"(sums[5]), [s6] "+r"(sums[6]), [s7] "+r"(sums[7]),
          [x] "+r"(x), [w] "+r"(weights), [x0] "=&r"(x0), [x1] "=&r"(x1), [a] "=&r"(a), [b] "=&r"(b)
        : [end] "m"(*end)
        : "cc", "memory");
}

#define engine_dot_block engine_dot_block
static inline __attribute__((always_inline)) void engine_dot_block(int32_t *sums, int pixels,
                                                                   const engine_tap *x,
                                                                   const engine_tap *const *end,
                                                                   const int8_t *weights)
{
    const int filters = ENGINE_BLOCK * pixels;
    int32_t mixed[2 * ENGINE_BLOCK];
    _Pragma("GCC unroll 4") for (int i = 0; i < filters; i += 2)
    {
        mixed[i] = mixed[i + 1] = sums[i];
    }
    if (pixels == 2) {
        engine_dot_packed_2(mixed, x, end, weights);
    } else {
        engine_dot_packed_1(mixed, x, end, weights);
    }
    _Pragma("GCC unroll 4") for (int i = 0; i < filters; i += 2)
    {
        sums[i] = mixed[i];
        sums[i + 1] += (int32_t)((uint32_t)mixed[i + 1] - (uint32_t)mixed[i]) >> 8;
    }
}

#define ENGINE_PIECE (ENGINE_DIRECT_TAPS / ENGINE_GROUP)

/* int8 inputs are unpacked on the way. */
#define ENGINE_GROUP_OF_BYTES                                                                      \
    "ldmia %[w]!, {r4, r5, r6, r8}\n\t"                                                            \
    "ldr %[odd], [%[x]], #4\n\t"                                                                   \
    "sxtb16 %[even], %[odd]\n\t"                                                                   \
    "sxtb16 %[odd], %[odd], ror #8\n\t" ENGINE_PAIR_1("s0", "s1", "even", "a")                     \
        ENGINE_PAIR_1("s2", "s3", "even", "b") ENGINE_PAIR_1("s0", "s1", "odd", "c")               \
            ENGINE_PAIR_1("s2", "s3", "odd", "d")

#define engine_dot_bytes engine_dot_bytes
static __attribute__((noinline, unused)) void engine_dot_bytes(int32_t *sums, const int8_t *x,
                                                               const int8_t *weights, size_t left)
{
    register uint32_t a __asm__("r4");
    register uint32_t b __asm__("r5");
    register uint32_t c __asm__("r6");
    register uint32_t d __asm__("r8");
    while (left > 0) {
        size_t groups = left < ENGINE_PIECE ? left : ENGINE_PIECE;
        int32_t mixed[ENGINE_BLOCK] = {sums[0], sums[0], sums[2], sums[2]};
        uint32_t even, odd;
        left -= groups;
        __asm__ volatile(
            "1:\n\t" ENGINE_GROUP_OF_BYTES "subs %[groups], #1\n\t"
            "bne 1b\n\t"
            : [s0] "+r"(mixed[0]), [s1] "+r"(mixed[1]), [s2] "+r"(mixed[2]), [s3] "+r"(mixed[3]),
              [x] "+r"(x), [w] "+r"(weights), [groups] "+r"(groups), [a] "=&r"(a), [b] "=&r"(b),
              [c] "=&r"(c), [d] "=&r"(d), [even] "=&r"(even), [odd] "=&r"(odd)
            :
            : "cc", "memory");
        for (int i = 0; i < ENGINE_BLOCK; i += 2) {
            sums[i] = mixed[i];
            sums[i + 1] += (int32_t)((uint32_t)mixed[i + 1] - (uint32_t)mixed[i]) >> 8;
        }
    }
}

static inline void engine_dot_bytes_pair(int32_t *sums, const int8_t *x, const int8_t *weights,
                                         size_t stride, size_t groups)
{
    for (; groups > 0; groups--) {
        engine_tap taps[ENGINE_GROUP];
        engine_store_group(taps, ENGINE_GROUP, engine_load_4(x));
        engine_dot_pair(sums, taps, ENGINE_GROUP, weights, stride, 1);
        x += ENGINE_GROUP;
        weights += stride;
    }
}

#endif
